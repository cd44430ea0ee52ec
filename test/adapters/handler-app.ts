import { endpointName } from '../../src/http/endpoint-name.ts'
import type { HandlerGroup } from '../../src/http/handler-limiter.ts'
import type { HandlerOptions } from '../../src/http/handler-route.ts'
import type { AppParts, GroupSpec, RouteSpec } from '../../src/testing/index.ts'
import { scopesOf } from './harness-parts.ts'
import { type Limit, LimitedHandlers, type LimitedRoute, type LimiterOfHandlers } from './limited-handlers.ts'

type Routes = Pick<GroupSpec, 'routes' | 'groups'>

/** The routes and groups of an app of the adapter contract, where no framework matches routes. */
export class HandlerApp<
  Req extends object,
  Res,
  L extends LimiterOfHandlers<Req, Res>,
  Handler,
> extends LimitedHandlers<Req, Res, L, Handler> {
  readonly #parts: AppParts<Req, Res, L>
  readonly #handlerOf: (route: RouteSpec) => Handler

  constructor(
    parts: AppParts<Req, Res, L>,
    limit: Limit<Req, Res, L, Handler>,
    handlerOf: (route: RouteSpec) => Handler,
  ) {
    super(parts.limiters.values(), limit)
    this.#parts = parts
    this.#handlerOf = handlerOf
  }

  /** All routes, limited; those of groups have the limits of the groups, too. */
  routes(
    { routes = [], groups = [] }: Routes,
    prefix = '',
    around: ReadonlyMap<L, HandlerGroup> = new Map(),
  ): LimitedRoute<Handler>[] {
    const own = routes.map((route) => ({
      methods: route.methods ?? ['GET'],
      pattern: prefix + route.path,
      handler: this.limited((limiter) => this.#optionsOf(route, prefix, limiter, around), this.#handlerOf(route)),
    }))
    const inner = groups.flatMap((group, index) => {
      const path = prefix + group.prefix
      return this.routes(group, path, this.#declare(group, `${path} ${index}`, around))
    })
    return [...own, ...inner]
  }

  #optionsOf(
    { path, methods = ['GET'], limits = [], exempt }: RouteSpec,
    prefix: string,
    limiter: L,
    around: ReadonlyMap<L, HandlerGroup>,
  ): HandlerOptions<Req, Res> {
    const group = around.get(limiter)
    return {
      endpoint: endpointName(methods, prefix + path),
      limits: limits
        .filter((limit) => this.#parts.limiter(limit.limiter) === limiter)
        .map((limit) => this.#parts.limit(limit)),
      ...(group && { group }),
      ...(exempt && limiter === this.#parts.limiter() && { exempt: scopesOf(exempt) ?? true }),
    }
  }

  /** Declares a group, which is one of each limiter. */
  #declare(spec: GroupSpec, name: string, around: ReadonlyMap<L, HandlerGroup>): ReadonlyMap<L, HandlerGroup> {
    const parts = this.#parts
    const own = new Map<L, HandlerGroup>()
    for (const limiter of parts.limiters.values()) {
      const outer = around.get(limiter)
      own.set(limiter, limiter.group(name, [], outer && { group: outer }))
    }
    for (const limit of spec.limits ?? []) {
      const { notation, options } = parts.declaration(limit)
      parts.limiter(limit.limiter).group(name, notation, options)
    }
    if (spec.exempt) parts.limiter().exempt(own.get(parts.limiter())!, scopesOf(spec.exempt))
    return own
  }
}
