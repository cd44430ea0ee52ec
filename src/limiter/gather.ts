import { LimiterError, NotationError } from '../errors.ts'
import type { RateLimit } from '../limit/rate-limit.ts'
import { show } from '../show.ts'
import { BatchBuilder, type Batch } from './batch.ts'
import type { CompiledEndpoint } from './compiled-endpoint.ts'
import { keyOf } from './keys.ts'
import type { KeyFunction } from './limit-options.ts'
import { baseOf, type Candidate, declaredLimits, type Plan, planOf, scopeOf } from './plan.ts'
import { coversMethod, type SkipReason } from './resolve.ts'
import { isCost, type Rule } from './rule.ts'
import { settled, type Steps } from './steps.ts'

/** What gathering has to tell while it asks the functions that the user gave. */
export interface GatherNotes<Req, Res> {
  /** A limit of a route or group has a notation that cannot be read; it is left out, as if it were not there. */
  unreadable(rule: Rule<Req, Res>, error: NotationError): void
  /** A key function answered an empty string. */
  emptyKey(rule: Rule<Req, Res>, limit: RateLimit): void
  /** A key function answered undefined. */
  undefinedKey(rule: Rule<Req, Res>, limit: RateLimit): void
  /** A key function answered this key. */
  inspectKey(key: string): void
  /** Reads a notation that a function gave. */
  parse(notation: string, rule: Rule<Req, Res>): readonly RateLimit[]
}

/** A limit that could apply to the request and does not, and why. */
export interface Skipped<Req, Res> {
  readonly rule: Rule<Req, Res>
  readonly reason: SkipReason
}

/** What a request asks of the storage, with what was left out. */
export interface Gathered<Req, Res> {
  readonly batch: Batch<Req, Res>
  readonly plan: Plan<Req, Res>
  readonly skipped: readonly Skipped<Req, Res>[]
}

/** Asks every function that the plan of this endpoint depends on, each once, and makes the batch. */
export function* gather<Req, Res>(
  endpoint: CompiledEndpoint<Req, Res>,
  method: string,
  request: Req,
  keyPrefix: string,
  notes: GatherNotes<Req, Res>,
): Steps<Gathered<Req, Res>> {
  const asked = new Answers(request, notes)
  let plan = endpoint.plan(method)
  while (plan.unknown.length > 0) {
    for (const rule of plan.unknown) yield* asked.load(rule)
    plan = planOf(endpoint.declaration, endpoint.common, endpoint.metas, method, (rule) => asked.limitsOf(rule))
  }
  const skipped: Skipped<Req, Res>[] = [...plan.resolution.skipped]
  for (const { rule, reason } of skipped) {
    if (reason === 'no-limit' && rule.limits instanceof NotationError) notes.unreadable(rule, rule.limits)
  }

  const builder = new BatchBuilder<Req, Res>(plan.phased)
  for (const candidate of plan.candidates) {
    const { rule, limit } = candidate
    const reason = yield* asked.skips(rule, method, limit)
    if (reason) skipped.push({ rule, reason })
    else builder.add(rule, limit, asked.keyOf(candidate, keyPrefix, endpoint.name, method), yield* asked.cost(rule))
  }
  for (const candidate of plan.metas) {
    const { rule, limit, watches } = candidate
    const reason = yield* asked.skips(rule, method, limit)
    if (reason) skipped.push({ rule, reason })
    else {
      const key = asked.keyOf(candidate, keyPrefix, endpoint.name, method)
      builder.addMeta(rule, limit, key, yield* asked.cost(rule), watches, plan.resolution.gated)
    }
  }
  return { batch: builder, plan, skipped }
}

function isExplicit<Req, Res>(rule: Rule<Req, Res>): boolean {
  return rule.source === 'route' || rule.source === 'group' || rule.source === 'check'
}

/** The answers of the user's functions for one request, each asked once. */
class Answers<Req, Res> {
  readonly #request: Req
  readonly #notes: GatherNotes<Req, Res>
  readonly #loaded = new Map<Rule<Req, Res>, readonly RateLimit[]>()
  readonly #keys = new Map<KeyFunction<Req>, string | undefined>()
  readonly #costs = new Map<Rule<Req, Res>, number>()
  readonly #exempt = new Map<Rule<Req, Res>, boolean>()

  constructor(request: Req, notes: GatherNotes<Req, Res>) {
    this.#request = request
    this.#notes = notes
  }

  limitsOf(rule: Rule<Req, Res>): readonly RateLimit[] | undefined {
    return declaredLimits(rule) ?? this.#loaded.get(rule)
  }

  *load(rule: Rule<Req, Res>): Steps<void> {
    if (typeof rule.limits !== 'function' || this.#loaded.has(rule)) return
    const notation: unknown = yield* settled(rule.limits(this.#request))
    if (typeof notation !== 'string') {
      throw new LimiterError(
        'ERR_CALLBACK',
        `a function that gives a limit has to answer text such as "5 per minute", got ${show(notation)}`,
      )
    }
    let limits: readonly RateLimit[] = []
    if (notation !== '') {
      try {
        limits = this.#notes.parse(notation, rule)
      } catch (error) {
        // With nothing to fall back to, a limit that cannot be read is an error; a route's or group's falls back to the defaults.
        if (!(error instanceof NotationError && isExplicit(rule))) throw error
        this.#notes.unreadable(rule, error)
      }
    }
    this.#loaded.set(rule, limits)
  }

  *skips(rule: Rule<Req, Res>, method: string, limit: RateLimit): Steps<SkipReason | undefined> {
    if (rule.exemptWhen) {
      let exempt = this.#exempt.get(rule)
      if (exempt === undefined)
        this.#exempt.set(rule, (exempt = (yield* settled(rule.exemptWhen(this.#request))) === true))
      if (exempt) return 'exempt-when'
    }
    if (!coversMethod(rule, method)) return 'method'
    if (!this.#keys.has(rule.key)) this.#keys.set(rule.key, yield* settled(rule.key(this.#request)))
    const key = this.#keys.get(rule.key)
    if (key === undefined || key === null) this.#notes.undefinedKey(rule, limit)
    else if (typeof key !== 'string')
      throw new LimiterError('ERR_CALLBACK', `a key function has to answer a string or undefined, got ${show(key)}`)
    else if (key === '') this.#notes.emptyKey(rule, limit)
    else {
      this.#notes.inspectKey(key)
      return undefined
    }
    return 'empty-key'
  }

  keyOf(candidate: Candidate<Req, Res>, keyPrefix: string, endpoint: string, method: string): string {
    const scope = scopeOf(candidate.rule, endpoint, this.#request)
    return keyOf(baseOf(candidate, keyPrefix, endpoint, method, scope), this.#keys.get(candidate.rule.key)!)
  }

  *cost(rule: Rule<Req, Res>): Steps<number> {
    if (typeof rule.cost === 'number') return rule.cost
    let cost = this.#costs.get(rule)
    if (cost === undefined) {
      cost = yield* settled(rule.cost(this.#request))
      if (!isCost(cost)) {
        throw new LimiterError(
          'ERR_CALLBACK',
          `a cost function has to answer an integer from 0 to 2^53 - 1, got ${show(cost)}`,
        )
      }
      this.#costs.set(rule, cost)
    }
    return cost
  }
}
