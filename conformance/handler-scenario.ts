import { endpointName } from '../src/http/endpoint-name.ts'
import type { HandlerGroup, HandlerLimiter } from '../src/http/handler-limiter.ts'
import type { HandlerOptions } from '../src/http/handler-route.ts'
import type { CodeLimit } from '../src/http/http-limiter.ts'
import type { AdapterLimiter } from '../src/testing/adapter-contract/app-parts.ts'
import type { Declarations } from './declarations.ts'
import type { GroupSpec, RouteSpec, Scenario } from './format.ts'
import { attachmentOf, exemptionOf, needsRouteNames, routeNameOf } from './scenario.ts'
import type { ScenarioParts } from './scenario-parts.ts'

/** What is asked of a limiter beside groups: its limits can be given to a handler. */
interface Limiter<Req, Res> extends AdapterLimiter<Req, Res> {
  limit(...args: Parameters<AdapterLimiter<Req, Res>['limit']>): CodeLimit<Req>
}

/** The groups and routes of a scenario where no framework matches routes: handlers are named, and groups are named too. */
export class HandlerScenario<Req extends object, Res, L extends HandlerLimiter<Req, Res> & Limiter<Req, Res>> {
  readonly #scenario: Scenario
  readonly #declarations: Declarations<Req, Res>
  readonly #parts: ScenarioParts<Req, Res, L>
  readonly #groups = new Map<L, Map<string, HandlerGroup>>()

  constructor(scenario: Scenario, declarations: Declarations<Req, Res>, parts: ScenarioParts<Req, Res, L>) {
    this.#scenario = scenario
    this.#declarations = declarations
    this.#parts = parts
    for (const limiter of parts.limiters.values()) this.#groups.set(limiter, this.#groupsOf(limiter))
    for (const group of scenario.groups ?? []) this.#declare(group)
  }

  /** The path of a route with those of the groups around it. */
  patternOf(route: RouteSpec): string {
    return this.#prefixOf(route.group) + route.path
  }

  /** What `limiter.handler` is told of a route. */
  optionsOf(route: RouteSpec, limiter: L): HandlerOptions<Req, Res> {
    const exemption = route.exempt === undefined ? undefined : exemptionOf(route.exempt)
    return {
      endpoint: needsRouteNames(this.#scenario)
        ? routeNameOf(route)
        : endpointName(route.methods ?? ['GET'], this.patternOf(route)),
      limits: (route.limits ?? [])
        .filter((limit) => this.#parts.limiterOf(limit) === limiter)
        .map((limit) => this.#parts.limit(limit)),
      ...(route.group !== undefined && { group: this.#groups.get(limiter)!.get(route.group)! }),
      ...(exemption && this.#parts.limiter(exemption.limiter) === limiter && { exempt: exemption.scopes ?? true }),
    }
  }

  /** A handler inside those of all limiters, the first outermost. */
  limitedBy<Handler>(limit: (limiter: L, handler: Handler) => Handler, handler: Handler): Handler {
    return [...this.#parts.limiters.values()].reduceRight((inner, limiter) => limit(limiter, inner), handler)
  }

  #groupsOf(limiter: L): Map<string, HandlerGroup> {
    const specs = this.#scenario.groups ?? []
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
    for (const limit of group.limits ?? []) {
      const { spec } = attachmentOf(this.#scenario, limit)
      this.#parts.limiterOf(limit).group(idOf(group), [this.#declarations.limitObject(spec)])
    }
    if (group.exempt === undefined) return
    const { limiter: name, scopes } = exemptionOf(group.exempt)
    const limiter = this.#parts.limiter(name)
    limiter.exempt(this.#groups.get(limiter)!.get(idOf(group))!, scopes)
  }

  #prefixOf(id: string | undefined): string {
    const group = this.#scenario.groups?.find((each) => idOf(each) === id)
    return group ? this.#prefixOf(group.parent) + group.prefix : ''
  }
}

function idOf(group: GroupSpec): string {
  return group.id ?? group.name
}
