import { METHODS } from 'node:http'
import type { CompiledEndpoint } from '../../limiter/compiled-endpoint.ts'
import type { Exemption, Group } from '../../limiter/resolve.ts'
import type { Rule } from '../../limiter/rule.ts'
import type { Req, Res } from './types.ts'
import { type Declaration, declarationOf } from './declaration.ts'
import type { ExpressLimiter } from './express-limiter.ts'
import { isApplication, isRouter, type Layer, mountPattern, pathPattern, type Route, routerOf } from './internals.ts'

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
      // A router of which nothing is declared is a group all the same: it is not its parent.
      groups.push(limiter.groupOf(this.#target) ?? { rules: [], exemption: undefined })
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
  readonly declarations: readonly Declaration[]
  readonly stackLength: number
  /** What was compiled last, for most requests the same. */
  latest: Compiled | undefined
  readonly compiled: Map<ExpressLimiter, Map<string, Compiled>>
}

interface Compiled {
  readonly limiter: ExpressLimiter
  readonly name: string
  readonly revision: number
  readonly endpoint: CompiledEndpoint<Req, Res>
}

/** Requests choose their method, and `requestIdentifier` may make names of anything: what is kept by them is bounded. */
const MOST_METHODS = 64
const MOST_NAMES = 1000

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

  /** The endpoint as a limiter sees it, under a name; made anew when something has been declared since. */
  endpoint(limiter: ExpressLimiter, view: RouteView, name: string): CompiledEndpoint<Req, Res> {
    const { latest } = view
    if (latest?.limiter === limiter && latest.name === name && latest.revision === limiter.revision)
      return latest.endpoint
    let byName = view.compiled.get(limiter)
    if (!byName) view.compiled.set(limiter, (byName = new Map()))
    let compiled = byName.get(name)
    if (compiled?.revision !== limiter.revision) {
      const endpoint = limiter.compile({
        name,
        rules: rulesOf(view.declarations, limiter),
        exemption: exemptionOf(view.declarations, limiter),
        groups: this.#scope.groups(limiter),
      })
      compiled = { limiter, name, revision: limiter.revision, endpoint }
      if (byName.size >= MOST_NAMES) byName.clear()
      byName.set(name, compiled)
    }
    view.latest = compiled
    return compiled.endpoint
  }

  #look(method: string): RouteView {
    const { methods, stack, path } = this.#route
    const lower = method.toLowerCase()
    const named = methods[lower] ? lower : lower === 'head' && methods['get'] ? 'get' : undefined
    const counted = named?.toUpperCase() ?? method
    const answering = named ?? lower
    // `app.all` names every method that there is, where `route.all` and `router.all` name none.
    const isAll = named === undefined || METHODS.every((each) => methods[each.toLowerCase()])
    return {
      name: `${isAll ? 'ALL' : counted} ${this.#scope.pattern + pathPattern(path) || '/'}`,
      method: counted,
      declarations: stack.flatMap((layer) => {
        const declaration = !layer.method || layer.method === answering ? declarationOf(layer.handle) : undefined
        return declaration ? [declaration] : []
      }),
      stackLength: stack.length,
      latest: undefined,
      compiled: new Map(),
    }
  }
}

function rulesOf(declarations: readonly Declaration[], limiter: ExpressLimiter): readonly Rule<Req, Res>[] {
  const own = declarations.flatMap((declaration) =>
    declaration.limiter === limiter && declaration.rule ? [declaration.rule] : [],
  )
  return [...new Set(own)]
}

function exemptionOf(declarations: readonly Declaration[], limiter: ExpressLimiter): Exemption | undefined {
  return declarations.findLast((declaration) => declaration.limiter === limiter && declaration.exemption)?.exemption
}
