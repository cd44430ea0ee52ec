import { LimiterError } from '../errors.ts'
import type { RateLimit } from '../limit/rate-limit.ts'
import { show } from '../show.ts'
import type { Role } from '../storage/storage.ts'
import { keyBase, type Subject } from './keys.ts'
import type { KeyFunction } from './limit-options.ts'
import { type Common, coversMethod, type Endpoint, resolve, type Resolution } from './resolve.ts'
import type { Rule } from './rule.ts'
import { atOnce } from './steps.ts'

/** A limit that may apply: one of the limits that a rule's notation holds. */
export interface Candidate<Req, Res> {
  readonly rule: Rule<Req, Res>
  readonly limit: RateLimit
}

/** A meta limit that gates an endpoint, and whose refusals it counts: those of one rule, or of all. */
export interface MetaCandidate<Req, Res> extends Candidate<Req, Res> {
  readonly watches: Rule<Req, Res> | 'all'
}

/** What is known about an endpoint and a method before any request: which limits apply, in which order. */
export interface Plan<Req, Res> {
  readonly resolution: Resolution<Req, Res>
  readonly candidates: readonly Candidate<Req, Res>[]
  readonly metas: readonly MetaCandidate<Req, Res>[]
  /** The route has limits of its own: application limits come first, and a refusal by them is reported without the rest. */
  readonly phased: boolean
}

/** One entry of a batch but for the client's key. */
export interface Template<Req, Res> {
  readonly rule: Rule<Req, Res>
  readonly limit: RateLimit
  readonly base: string
  readonly cost: number
  readonly role: Role
  readonly watches: readonly number[]
  readonly gates: boolean
}

/** A plan in which only the client's key is left to ask of a request. */
export interface FixedPlan<Req, Res> {
  readonly key: KeyFunction<Req>
  readonly templates: readonly Template<Req, Res>[]
  /** The rule of each template. */
  readonly rules: readonly Rule<Req, Res>[]
  readonly phased: boolean
  /** As {@link mostTelling} finds it. */
  readonly telling: number | undefined
  /** Which one it is of all that were made. */
  readonly ordinal: number
}

let fixedPlans = 0

/** The limits of a rule, or undefined where a request has to be asked for them. */
export type LimitsOf<Req, Res> = (rule: Rule<Req, Res>) => readonly RateLimit[] | undefined

/** The limits of a rule as far as its declaration tells. A notation that cannot be read holds none. */
export function declaredLimits<Req, Res>(rule: Rule<Req, Res>): readonly RateLimit[] | undefined {
  if (typeof rule.limits === 'function') return undefined
  return rule.limits instanceof Error ? [] : rule.limits
}

/** Orders what applies. Rules whose limits are not known yet count as having some; `unknown` lists them. */
export function planOf<Req, Res>(
  endpoint: Endpoint<Req, Res>,
  common: Common<Req, Res>,
  globalMetas: readonly Rule<Req, Res>[],
  method: string,
  limitsOf: LimitsOf<Req, Res>,
): Plan<Req, Res> & { readonly unknown: readonly Rule<Req, Res>[] } {
  const resolution = resolve(endpoint, common, method, (rule) => limitsOf(rule)?.length !== 0)
  const { application, defaults, own, groups } = resolution
  const phased = endpoint.rules.length > 0
  const rules = [...application, ...defaults, ...own, ...groups]
  const metaPairs = resolution.exempt
    ? []
    : [
        ...globalMetas.map((meta) => [meta, 'all'] as const),
        ...rules.flatMap((rule) => rule.metas.map((meta) => [meta, rule] as const)),
      ]
  const ownUnknown = own.filter((rule) => limitsOf(rule) === undefined)
  const unknown = (ownUnknown.length > 0 ? ownUnknown : [...rules, ...metaPairs.map(([meta]) => meta)]).filter(
    (rule, index, all) => limitsOf(rule) === undefined && all.indexOf(rule) === index,
  )
  const expand = (from: readonly Rule<Req, Res>[]): Candidate<Req, Res>[] =>
    from.flatMap((rule) => (limitsOf(rule) ?? []).map((limit) => ({ rule, limit })))
  return {
    resolution,
    phased,
    candidates: phased
      ? [...byWindow(expand(application)), ...byWindow(expand([...defaults, ...own, ...groups]))]
      : byWindow(expand(rules)),
    metas: metaPairs.flatMap(([rule, watches]) => (limitsOf(rule) ?? []).map((limit) => ({ rule, limit, watches }))),
    unknown,
  }
}

/** Shortest window first; equal ones stay in the order of declaration. */
function byWindow<Req, Res>(candidates: Candidate<Req, Res>[]): Candidate<Req, Res>[] {
  return candidates.toSorted((a, b) => a.limit.windowMs - b.limit.windowMs)
}

/** The scope of a rule, for one request to `endpoint`; empty where it has none. */
export function scopeOf<Req, Res>({ scope }: Rule<Req, Res>, endpoint: string, request: Req): string {
  if (typeof scope !== 'function') return scope ?? ''
  const answer = atOnce(scope(endpoint, request), 'a scope function') ?? ''
  if (typeof answer === 'string') return answer
  throw new LimiterError('ERR_CALLBACK', `a scope function has to answer a string, got ${show(answer)} for ${endpoint}`)
}

/** The key of a candidate but for the client, for a request to `endpoint` by `method`. */
export function baseOf<Req, Res>(
  candidate: Candidate<Req, Res>,
  keyPrefix: string,
  endpoint: string,
  method: string,
  scope: string,
): string {
  const { rule, limit } = candidate
  const subject: Subject =
    rule.source === 'meta'
      ? { kind: 'meta', scope: scope || endpoint }
      : rule.shared
        ? { kind: 'shared', scope: scope || endpoint }
        : { kind: 'endpoint', endpoint, scope }
  return keyBase(keyPrefix, subject, rule.perMethod ? method : undefined, limit, rule.strategy)
}

/**
 * The plan in its fixed form, if nothing but one client key depends on the request: no conditions, no dynamic notations,
 * costs or scopes, and no two limits on one bucket.
 */
export function fix<Req, Res>(
  plan: Plan<Req, Res> & { readonly unknown: readonly unknown[] },
  keyPrefix: string,
  endpoint: string,
  method: string,
): FixedPlan<Req, Res> | undefined {
  const candidates = plan.candidates.filter(({ rule }) => coversMethod(rule, method))
  const metas = plan.metas.filter(({ rule }) => coversMethod(rule, method))
  const all = [...candidates, ...metas]
  const key = all[0]?.rule.key
  if (key === undefined || plan.unknown.length > 0) return undefined
  if (plan.resolution.skipped.some(({ rule }) => rule.limits instanceof Error)) return undefined
  const isFixed = all.every(
    ({ rule }) =>
      rule.key === key && !rule.exemptWhen && typeof rule.cost === 'number' && typeof rule.scope !== 'function',
  )
  if (!isFixed) return undefined
  const watchedBy = (watches: Rule<Req, Res> | 'all'): number[] =>
    candidates.flatMap(({ rule }, index) => (watches === 'all' || watches === rule ? [index] : []))
  const templates = all.map((candidate): Template<Req, Res> => ({
    rule: candidate.rule,
    limit: candidate.limit,
    base: baseOf(candidate, keyPrefix, endpoint, method, (candidate.rule.scope as string | undefined) ?? ''),
    cost: candidate.rule.cost as number,
    role: candidate.rule.source === 'meta' ? 'meta' : candidate.rule.deductWhen ? 'peek' : 'limit',
    watches: 'watches' in candidate ? watchedBy(candidate.watches as Rule<Req, Res> | 'all') : [],
    gates: plan.resolution.gated,
  }))
  const isDistinct = new Set(templates.map(({ base }) => base)).size === templates.length
  const rules = all.map(({ rule }) => rule)
  if (!isDistinct) return undefined
  return { key, templates, rules, phased: plan.phased, telling: mostTelling(templates, rules), ordinal: fixedPlans++ }
}

/** Of the limits that are no metas, the first that is not shared, else the first that is not the application's, else the first. */
export function mostTelling<Req, Res>(
  entries: readonly { readonly role: Role }[],
  rules: readonly Rule<Req, Res>[],
): number | undefined {
  const indices = entries.flatMap(({ role }, index) => (role === 'meta' ? [] : [index]))
  return (
    indices.find((index) => !rules[index]!.shared) ??
    indices.find((index) => rules[index]!.source !== 'application') ??
    indices[0]
  )
}
