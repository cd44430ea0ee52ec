import type { ExemptionScopes } from './limit-options.ts'
import type { Rule } from './rule.ts'

/** `'all'`: bare `exempt()`, from every limit. */
export type Exemption = ExemptionScopes | 'all'

/** What one limiter knows of a router, plugin, sub-app or controller. */
export interface Group<Req, Res> {
  readonly rules: readonly Rule<Req, Res>[]
  readonly exemption: Exemption | undefined
}

/** A group of which nothing is declared is a group all the same: it is not the one around it. */
export const UNDECLARED: { readonly rules: readonly never[]; readonly exemption: undefined } = {
  rules: [],
  exemption: undefined,
}

/** What one limiter knows of an endpoint. */
export interface Endpoint<Req, Res> {
  /** Method and route pattern, or the name that the user gave. */
  readonly name: string
  /** Its own limits, in the order in which they were attached. */
  readonly rules: readonly Rule<Req, Res>[]
  readonly exemption: Exemption | undefined
  /** The groups it is in, the outermost first. */
  readonly groups: readonly Group<Req, Res>[]
}

/** Why a declared limit does not apply to a request. */
export type SkipReason =
  | 'exempt' /** the route or its group is exempt from it */
  | 'overridden' /** limits nearer to the route stand in for it */
  | 'cut-off' /** a group nearer to the route replaces it, or is exempt from it */
  | 'method' /** it is for other methods */
  | 'exempt-when' /** its own condition says so */
  | 'empty-key' /** its key function answered nothing */
  | 'no-limit' /** its notation is empty or cannot be read */

/** Which declared limits apply to one endpoint, and which do not, and why. */
export interface Resolution<Req, Res> {
  readonly application: readonly Rule<Req, Res>[]
  readonly defaults: readonly Rule<Req, Res>[]
  readonly own: readonly Rule<Req, Res>[]
  readonly groups: readonly Rule<Req, Res>[]
  readonly skipped: readonly { readonly rule: Rule<Req, Res>; readonly reason: SkipReason }[]
  /** Whether exhausted meta limits refuse here. */
  readonly gated: boolean
  /** Exempt from everything, meta limits too. */
  readonly exempt: boolean
}

/** Limits that hold for every endpoint. */
export interface Common<Req, Res> {
  readonly application: readonly Rule<Req, Res>[]
  readonly defaults: readonly Rule<Req, Res>[]
}

/**
 * Which limits apply: a pure function of what was declared, the method, and of which rules have limits at all (a dynamic
 * one may answer nothing). Nothing is learned from traffic. The rules are Flask-Limiter's, but that bare `exempt()` exempts
 * from everything, named scopes from exactly those, and that what a group overrides stays overridden below it.
 */
export function resolve<Req, Res>(
  endpoint: Endpoint<Req, Res>,
  common: Common<Req, Res>,
  method: string,
  isLoaded: (rule: Rule<Req, Res>) => boolean,
): Resolution<Req, Res> {
  const skipped: { rule: Rule<Req, Res>; reason: SkipReason }[] = []
  const drop = (rules: readonly Rule<Req, Res>[], reason: SkipReason): readonly Rule<Req, Res>[] => {
    for (const rule of rules) skipped.push({ rule, reason })
    return []
  }
  const inherited = groupRules(endpoint.groups)
  const cut = endpoint.groups.flatMap(({ rules }) => rules.filter((rule) => !inherited.includes(rule)))
  drop(cut, endpoint.groups.at(-1)?.exemption === 'all' ? 'exempt' : 'cut-off')
  if (endpoint.exemption === 'all') {
    for (const rules of [common.application, common.defaults, endpoint.rules, inherited]) drop(rules, 'exempt')
    return { application: [], defaults: [], own: [], groups: [], skipped, gated: false, exempt: true }
  }
  const scopes = scopesOf(endpoint)
  const load = (rules: readonly Rule<Req, Res>[]): readonly Rule<Req, Res>[] =>
    rules.filter((rule) => isLoaded(rule) || (drop([rule], 'no-limit'), false))

  const own = load(endpoint.rules)
  const groups = own.every((rule) => !rule.overrideDefaults) ? load(inherited) : drop(inherited, 'overridden')
  const explicit = [...own, ...groups]
  const none = explicit.every((rule) => !coversMethod(rule, method))
  const defaultsApply = none || explicit.every((rule) => !rule.overrideDefaults)
  return {
    application: scopes.application ? drop(common.application, 'exempt') : load(common.application),
    defaults: scopes.default
      ? drop(common.defaults, 'exempt')
      : defaultsApply
        ? load(common.defaults)
        : drop(common.defaults, 'overridden'),
    own,
    groups,
    skipped,
    gated: !scopes.meta,
    exempt: false,
  }
}

/** Whether a rule is for this method. */
export function coversMethod<Req, Res>(rule: Rule<Req, Res>, method: string): boolean {
  return rule.methods === undefined || rule.methods.has(method)
}

/** The limits that an endpoint has from its groups, the outermost group's first. */
function groupRules<Req, Res>(groups: readonly Group<Req, Res>[]): readonly Rule<Req, Res>[] {
  const innermost = groups.at(-1)
  if (!innermost || innermost.exemption === 'all') return []
  const chain: Group<Req, Res>[] = []
  for (const group of groups.toReversed()) {
    const isExempt = group !== innermost && has(group.exemption, 'descendants')
    if (!isExempt) chain.unshift(group)
    // Groups without limits look through to the nearest one that has some; from there on that one decides.
    const decides = group.rules.length > 0 && chain.every((inner) => inner === group || inner.rules.length === 0)
    if (decides && group.rules.every((rule) => rule.overrideDefaults)) break
    if ((decides || chain.every((inner) => inner.rules.length === 0)) && has(group.exemption, 'ancestors')) break
  }
  return chain.flatMap((group) => group.rules)
}

/** From which limits an endpoint is exempt: by itself, by its group, and by the groups around it that say so for those inside. */
function scopesOf<Req, Res>(endpoint: Endpoint<Req, Res>): { application: boolean; default: boolean; meta: boolean } {
  const innermost = endpoint.groups.at(-1)
  const sources = [endpoint.exemption, innermost?.exemption]
  for (const group of endpoint.groups) if (has(group.exemption, 'descendants')) sources.push(group.exemption)
  const any = (scope: 'application' | 'default' | 'meta'): boolean =>
    sources.some((source) => source === 'all' || has(source, scope))
  return { application: any('application'), default: any('default'), meta: any('meta') }
}

function has(exemption: Exemption | undefined, scope: keyof ExemptionScopes): boolean {
  return typeof exemption === 'object' && exemption[scope] === true
}
