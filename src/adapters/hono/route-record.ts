import type { RouterRoute } from 'hono/types'
import { endpointName } from '../../http/endpoint-name.ts'
import type { CompiledEndpoint } from '../../limiter/compiled-endpoint.ts'
import { type Declaration, declarationOf, declaredBy } from '../../limiter/declaration.ts'
import { EndpointCache } from '../../limiter/endpoint-cache.ts'
import { UNDECLARED } from '../../limiter/resolve.ts'
import { groupsAround, innermost, type WrappedHandler } from './groups.ts'
import type { HonoLimiter } from './hono-limiter.ts'
import type { Req, Res } from './types.ts'

type OwnDeclaration = Declaration<HonoLimiter, Req, Res>

/** A route of an app, with what it declares. */
export class RouteRecord {
  /** Method and pattern, such as `GET /t/:tenant/items/:id`. */
  readonly name: string
  readonly #method: string
  readonly #declarations: readonly OwnDeclaration[]
  readonly #groups: readonly (readonly RouterRoute[])[]
  readonly #endpoints = new EndpointCache<Req, Res, HonoLimiter>((limiter) => ({
    ...declaredBy(limiter, this.#declarations),
    groups: this.#groups.map((routes) => limiter.groupOf(routes) ?? UNDECLARED),
  }))

  /** `route` is the last of its handlers; `routes` are all that matched with it, or all there are. */
  constructor(route: RouterRoute, routes: readonly RouterRoute[]) {
    this.#method = route.method
    this.name = route.method === ALL ? `ALL ${route.path}` : endpointName([route.method], route.path)
    const own = routes.slice(0, routes.indexOf(route)).filter((each) => isSameRoute(each, route))
    this.#declarations = own.flatMap(({ handler }) => declarationOf<HonoLimiter, Req, Res>(innermost(handler)) ?? [])
    this.#groups = groupsAround(route)
  }

  /** The method by which a request counts: HEAD is answered by what answers GET. */
  method(request: Req): string {
    if (this.#method !== ALL) return this.#method
    const { method } = request.req
    return method === 'HEAD' ? 'GET' : method
  }

  /** The endpoint as a limiter sees it, under a name. */
  endpoint(limiter: HonoLimiter, name: string): CompiledEndpoint<Req, Res> {
    return this.#endpoints.get(limiter, name)
  }
}

/** The method of what stands before all methods: middleware, and routes for all of them. */
const ALL = 'ALL'

/** Handlers that were declared by one call, or could have been. */
function isSameRoute(a: RouterRoute, b: RouterRoute): boolean {
  return a.method === b.method && a.path === b.path && a.basePath === b.basePath
}

/**
 * What a handler is. It answers if it has no use for `next`; if it has, it may do either where it is declared for a method, and
 * else it is middleware.
 */
type Kind = 'answers' | 'either' | 'middleware'

const KIND: unique symbol = Symbol('sluice.kind')
const RECORD: unique symbol = Symbol('sluice.route')

interface KnownRoute extends RouterRoute {
  [KIND]?: Kind
  [RECORD]?: RouteRecord
}

function kindOf(route: RouterRoute): Kind {
  const handler = innermost(route.handler as WrappedHandler)
  if (declarationOf(handler)) return 'middleware'
  if (handler.length < 2) return 'answers'
  return route.method === ALL ? 'middleware' : 'either'
}

/** Whether a handler is, or may be, the last one of a route. */
export function isRoute(route: KnownRoute): boolean {
  return (route[KIND] ??= kindOf(route)) !== 'middleware'
}

/** Where among the matched handlers the one stands that answers; −1: no route was matched. */
export function answeringIndex(matched: readonly KnownRoute[]): number {
  let either = -1
  for (let index = 0; index < matched.length; index += 1) {
    const route = matched[index]!
    const kind = (route[KIND] ??= kindOf(route))
    if (kind === 'answers') return index
    if (kind === 'either') either = index
  }
  return either
}

/** A route by the last of its handlers; the same for each request. */
export function recordOf(route: KnownRoute, routes: readonly RouterRoute[]): RouteRecord {
  return (route[RECORD] ??= new RouteRecord(route, routes))
}
