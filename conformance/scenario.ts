import type { ExemptionScopes } from '../src/limiter/limit-options.ts'
import type { AttachedLimit, ExemptSpec, GroupSpec, LimiterSpec, LimitSpec, RouteSpec, Scenario } from './format.ts'

/** The limiters of a scenario, in the order of their `init`. */
export function limitersOf(scenario: Scenario): readonly LimiterSpec[] {
  return scenario.limiters ?? [scenario.limiter ?? {}]
}

/** A limit as it is attached somewhere, with what it refers to filled in. */
export interface Attachment {
  readonly spec: LimitSpec
  /** The name of its limiter; undefined: the first. */
  readonly limiter: string | undefined
}

/** The limit that an attached one is or refers to. */
export function attachmentOf(scenario: Scenario, limit: AttachedLimit): Attachment {
  if (typeof limit.shared !== 'string') return { spec: limit, limiter: limit.limiter }
  const shared = scenario.sharedLimits?.find(({ name }) => name === limit.shared)
  if (!shared) throw new Error(`${scenario.id} refers to the shared limit ${limit.shared} and does not hold it`)
  return { spec: { ...shared, shared: true }, limiter: limit.limiter ?? shared.limiter }
}

/** The limits of a function that routes call. */
export function limitsOfFunction(scenario: Scenario, name: string): readonly AttachedLimit[] {
  const found = scenario.functions?.find((each) => each.name === name)
  if (!found) throw new Error(`${scenario.id} calls the function ${name} and does not hold it`)
  return found.limits
}

/** An exemption in sluice's words: `scopes` undefined is the bare one, from everything. */
export function exemptionOf(spec: ExemptSpec): { limiter: string | undefined; scopes: ExemptionScopes | undefined } {
  const { limiter, flags } = typeof spec === 'object' && 'limiter' in spec ? spec : { limiter: undefined, flags: spec }
  if (flags === undefined || flags === true) return { limiter, scopes: undefined }
  return { limiter, scopes: Object.fromEntries(flags.map((flag) => [SCOPES[flag] ?? flag, true])) }
}

const SCOPES: Readonly<Record<string, keyof ExemptionScopes>> = {
  APPLICATION: 'application',
  DEFAULT: 'default',
  META: 'meta',
  ANCESTORS: 'ancestors',
  DESCENDENTS: 'descendants',
}

/** The routes, those with a parameter last: in the recorded program a fixed path wins, where the first declared one does elsewhere. */
export function routesInOrder(scenario: Scenario): readonly RouteSpec[] {
  return scenario.routes.toSorted((a, b) => Number(a.path.includes(':')) - Number(b.path.includes(':')))
}

/** What stands directly in a group; without one, what is in none. */
export function contentsOf(
  scenario: Scenario,
  group?: GroupSpec,
): { routes: readonly RouteSpec[]; groups: readonly GroupSpec[] } {
  const id = group && idOf(group)
  return {
    routes: routesInOrder(scenario).filter((route) => route.group === id),
    groups: (scenario.groups ?? []).filter(({ parent }) => parent === id),
  }
}

/** By which routes and groups refer to a group. */
export function idOf({ id, name }: GroupSpec): string {
  return id ?? name
}

/** The identity of a route in the recorded program. */
export function routeNameOf({ group, name }: RouteSpec): string {
  return group === undefined ? name : `${group}.${name}`
}

/** Whether sluice's own endpoints (method and pattern) would divide the requests otherwise than the recorded route names do. */
export function needsRouteNames({ routes, groups, sharedLimits, limiter, limiters }: Scenario): boolean {
  const paths = new Set(routes.map(({ group, path }) => `${group ?? ''} ${path}`))
  const hasManyMethods = routes.some(({ methods }) => (methods?.length ?? 1) > 1)
  const declarations = JSON.stringify([routes, groups, sharedLimits, limiter, limiters])
  return hasManyMethods || paths.size < routes.length || declarations.includes('"routeName"')
}

/** Whether addresses are told apart that sluice takes for one client: those of an IPv6 network, and IPv4 written as IPv6. */
export function hasIpv6Addresses(scenario: Scenario): boolean {
  return scenario.steps.some((step) => 'remoteAddr' in step && step.remoteAddr?.includes(':'))
}
