import { METHODS } from 'node:http'
import { declaredBy } from '../../limiter/declaration.ts'
import { EndpointCache } from '../../limiter/endpoint-cache.ts'
import { type Group, UNDECLARED } from '../../limiter/resolve.ts'
import { readDeclaration } from './declarations.ts'
import type { ExpressLimiter } from './express-limiter.ts'
import { isApplication, isRouter, type Layer, mountPattern, pathPattern, type Route, routerOf } from './internals.ts'
import type { Req, Res } from './types.ts'

/**
 * A place in the tree of routers: how it was mounted, and which routers and apps lie around it. Made once for every way
 * that requests take, so that no pattern is put together while a request is handled.
 */
export class Scope {
  /** The mount patterns from the app down to here. */
  readonly pattern: string
  readonly #parent: Scope | undefined
  /** The router or app entered here. */
  readonly #target: object | undefined
  readonly #inner = new WeakMap<object, Scope>()
  readonly #routes = new WeakMap<Route, RouteRecord>()

  constructor(parent: Scope | undefined, pattern: string, target: object | undefined) {
    this.#parent = parent
    this.pattern = (parent?.pattern ?? '') + pattern
    this.#target = target
  }

  /** The scope inside a layer that came by `use`. */
  inLayer(layer: Layer): Scope {
    let inner = this.#inner.get(layer)
    if (!inner) {
      const stack = isApplication(this.#target)
        ? routerOf(this.#target).stack
        : isRouter(this.#target)
          ? this.#target.stack
          : []
      this.#inner.set(layer, (inner = new Scope(this, mountPattern(layer, stack.indexOf(layer)), layer.handle)))
    }
    return inner
  }

  /** The scope inside an app or router that the request is handed to. Where it has been there before, it is there again. */
  inside(target: object): Scope {
    for (let scope: Scope | undefined = this; scope; scope = scope.#parent) if (scope.#target === target) return scope
    let inner = this.#inner.get(target)
    if (!inner) this.#inner.set(target, (inner = new Scope(this, '', target)))
    return inner
  }

  /** What is known of a route here. */
  route(route: Route): RouteRecord {
    let record = this.#routes.get(route)
    if (!record) this.#routes.set(route, (record = new RouteRecord(this, route)))
    return record
  }

  /** What a limiter has declared for the routers and apps around this place, the outermost first. */
  groups(limiter: ExpressLimiter): Group<Req, Res>[] {
    const groups = this.#parent?.groups(limiter) ?? []
    if (isRouter(this.#target) || isApplication(this.#target)) {
      groups.push(limiter.groupOf(this.#target) ?? UNDECLARED)
    }
    return groups
  }
}

/** A route as one method meets it. */
export interface RouteView {
  /** Method and pattern, such as `GET /t/:tenant/items/:id`; `ALL` for a route that answers every method. */
  readonly name: string
  /** The method that counts: GET where a GET route answers HEAD. */
  readonly method: string
  readonly stackLength: number
  /** What limiters see of it, under its name or another. */
  readonly endpoints: EndpointCache<Req, Res, ExpressLimiter>
}

/** Requests choose their method: what is kept by it is bounded. */
const MOST_METHODS = 64

/** A route at one place in the tree. */
export class RouteRecord {
  readonly #scope: Scope
  readonly #route: Route
  readonly #views = new Map<string, RouteView>()

  constructor(scope: Scope, route: Route) {
    this.#scope = scope
    this.#route = route
  }

  /** The route as a method meets it; made anew when handlers have been added. */
  view(method: string): RouteView {
    const known = this.#views.get(method)
    const { stack } = this.#route
    if (known && known.stackLength === stack.length) return known
    const view = this.#look(method)
    if (this.#views.size >= MOST_METHODS) this.#views.clear()
    this.#views.set(method, view)
    return view
  }

  #look(method: string): RouteView {
    const { methods, stack, path } = this.#route
    const lower = method.toLowerCase()
    const named = methods[lower] ? lower : lower === 'head' && methods['get'] ? 'get' : undefined
    const counted = named?.toUpperCase() ?? method
    const answering = named ?? lower
    // `app.all` names every method that there is, where `route.all` and `router.all` name none.
    const isAll = named === undefined || METHODS.every((each) => methods[each.toLowerCase()])
    const declarations = stack.flatMap((layer) => {
      const isOwn = !layer.method || layer.method === answering
      return (isOwn && readDeclaration(layer.handle)) || []
    })
    return {
      name: `${isAll ? 'ALL' : counted} ${this.#scope.pattern + pathPattern(path) || '/'}`,
      method: counted,
      stackLength: stack.length,
      endpoints: new EndpointCache((limiter) => ({
        ...declaredBy(limiter, declarations),
        groups: this.#scope.groups(limiter),
      })),
    }
  }
}
