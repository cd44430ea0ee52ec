import { endpointName } from '../src/http/endpoint-name.ts'
import type { HandlerGroup } from '../src/http/handler-limiter.ts'
import type { HandlerOptions } from '../src/http/handler-route.ts'
import {
  type Limit,
  LimitedHandlers,
  type LimitedRoute,
  type LimiterOfHandlers,
} from '../test/adapters/limited-handlers.ts'
import type { GroupSpec, RouteSpec } from './format.ts'
import { idOf, needsRouteNames, routeNameOf, routesInOrder } from './scenario.ts'
import type { ScenarioParts } from './scenario-parts.ts'

/** The groups and routes of a scenario where no framework matches routes: handlers are named, and groups are named too. */
export class HandlerScenario<
  Req extends object,
  Res,
  L extends LimiterOfHandlers<Req, Res>,
  Handler,
> extends LimitedHandlers<Req, Res, L, Handler> {
  readonly #parts: ScenarioParts<Req, Res, L>
  readonly #groups = new Map<L, Map<string, HandlerGroup>>()

  constructor(parts: ScenarioParts<Req, Res, L>, limit: Limit<Req, Res, L, Handler>) {
    super(parts.limiters.values(), limit)
    this.#parts = parts
    for (const limiter of parts.limiters.values()) this.#groups.set(limiter, this.#groupsOf(limiter))
    for (const group of parts.scenario.groups ?? []) this.#declare(group)
  }

  /** All routes, with the handlers that `handlerOf` makes for them limited. */
  routes(handlerOf: (route: RouteSpec) => Handler): LimitedRoute<Handler>[] {
    return routesInOrder(this.#parts.scenario).map((route) => ({
      methods: route.methods ?? ['GET'],
      pattern: this.#patternOf(route),
      handler: this.limited((limiter) => this.#optionsOf(route, limiter), handlerOf(route)),
    }))
  }

  #optionsOf(route: RouteSpec, limiter: L): HandlerOptions<Req, Res> {
    const [exemption] = this.#parts.exemptions(route)
    return {
      endpoint: needsRouteNames(this.#parts.scenario)
        ? routeNameOf(route)
        : endpointName(route.methods ?? ['GET'], this.#patternOf(route)),
      limits: (route.limits ?? [])
        .filter((limit) => this.#parts.limiterOf(limit) === limiter)
        .map((limit) => this.#parts.limit(limit)),
      ...(route.group !== undefined && { group: this.#groups.get(limiter)!.get(route.group)! }),
      ...(exemption?.limiter === limiter && { exempt: exemption.scopes ?? true }),
    }
  }

  #groupsOf(limiter: L): Map<string, HandlerGroup> {
    const specs = this.#parts.scenario.groups ?? []
    const groups = new Map<string, HandlerGroup>()
    const add = (spec: GroupSpec): HandlerGroup => {
      const around = specs.find((each) => idOf(each) === spec.parent)
      const group = limiter.group(idOf(spec), [], around && { group: groups.get(idOf(around)) ?? add(around) })
      groups.set(idOf(spec), group)
      return group
    }
    for (const spec of specs) if (!groups.has(idOf(spec))) add(spec)
    return groups
  }

  #declare(group: GroupSpec): void {
    for (const { limiter, limit } of this.#parts.groupLimits(group)) limiter.group(idOf(group), [limit])
    for (const { limiter, scopes } of this.#parts.exemptions(group)) {
      limiter.exempt(this.#groups.get(limiter)!.get(idOf(group))!, scopes)
    }
  }

  /** The path of a route with those of the groups around it. */
  #patternOf(route: RouteSpec): string {
    return this.#prefixOf(route.group) + route.path
  }

  #prefixOf(id: string | undefined): string {
    const group = this.#parts.scenario.groups?.find((each) => idOf(each) === id)
    return group ? this.#prefixOf(group.parent) + group.prefix : ''
  }
}
