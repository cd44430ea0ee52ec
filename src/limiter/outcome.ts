import type { EpochMs } from '../clock.ts'
import type { BatchResult, Verdict } from '../storage/storage.ts'
import type { Quota } from '../strategy/strategy.ts'
import type { Batch } from './batch.ts'
import type { CurrentLimit, Decision, Refusal } from './decision.ts'
import type { Rule } from './rule.ts'

const NONE: readonly never[] = Object.freeze([])

/** A decision as the limiter keeps it: what the storage said of which rules, read out on demand. */
export class Outcome<Req, Res> implements Decision {
  readonly allowed: boolean
  now: EpochMs
  readonly source: Decision['source']
  /** Set on a refusal, once messages and breach functions have been asked. */
  refusal: Refusal | undefined = undefined
  readonly #batch: Batch<Req, Res> | undefined
  readonly #result: BatchResult | undefined
  readonly #refusing: readonly number[]
  /** Nothing after the first refusal is considered. */
  readonly #endsAtRefusal: boolean
  #charged: Map<number, Quota> | undefined
  #limits: readonly CurrentLimit[] | undefined
  #limit: CurrentLimit | undefined

  constructor(
    source: Decision['source'],
    now: EpochMs,
    batch: Batch<Req, Res> | undefined,
    result: BatchResult | undefined,
    firstRefusalOnly: boolean,
  ) {
    this.source = source
    this.now = now
    this.#batch = batch
    this.#result = result
    this.allowed = result?.allowed ?? true
    this.#refusing = this.allowed ? NONE : refusingEntries(batch!, result!, firstRefusalOnly)
    this.#endsAtRefusal = firstRefusalOnly && !this.allowed
  }

  get limits(): readonly CurrentLimit[] {
    return (this.#limits ??= this.#indices().map((index) => this.limitAt(index)))
  }

  get limit(): CurrentLimit | undefined {
    if (this.#limit) return this.#limit
    const index = this.#refusing.at(-1) ?? this.#batch?.telling
    return index === undefined ? undefined : (this.#limit = this.limitAt(index))
  }

  get refusedBy(): CurrentLimit | undefined {
    return this.#refusing.length === 0 ? undefined : this.limitAt(this.#refusing[0]!)
  }

  get retryAt(): EpochMs | undefined {
    if (this.allowed) return undefined
    let latest = 0
    for (const [index, verdict] of this.#result!.verdicts.entries()) {
      if (verdict.allowed || !counts(this.#batch!, index)) continue
      if (verdict.retryAt === undefined) return undefined
      latest = Math.max(latest, verdict.retryAt)
    }
    return latest
  }

  /** Indices of the entries whose refusal is reported. */
  get refusing(): readonly number[] {
    return this.#refusing
  }

  /** What JSON shows: everything that is read out on demand, and nothing else. */
  toJSON(): Decision {
    const { allowed, now, source, limit, limits, refusedBy, retryAt } = this
    return { allowed, now, source, limit, limits, refusedBy, retryAt }
  }

  /** The rule of an entry. */
  ruleAt(index: number): Rule<Req, Res> {
    return this.#batch!.rules[index]!
  }

  /** The limit of an entry in words. */
  textAt(index: number): string {
    return this.#batch!.entries[index]!.limit.text
  }

  /** An entry as users see it. */
  limitAt(index: number): CurrentLimit {
    const entry = this.#batch!.entries[index]!
    const rule = this.#batch!.rules[index]!
    const verdict = this.#result!.verdicts[index]!
    const quota = this.#charged?.get(index) ?? verdict
    return {
      limit: entry.limit,
      name: rule.name ?? policyName(rule, entry.limit.granularity, entry.limit.multiples),
      strategy: entry.strategy,
      source: rule.source,
      key: entry.key,
      shared: rule.shared,
      breached: this.#refusing.includes(index),
      cost: entry.cost,
      remaining: quota.remaining,
      resetAt: quota.resetAt,
      retryAt: verdict.retryAt,
    }
  }

  /** The limits that were charged after the response. */
  get chargedLimits(): readonly CurrentLimit[] {
    return this.#charged ? [...this.#charged.keys()].map((index) => this.limitAt(index)) : NONE
  }

  /** Indices of the entries that are charged after the response. */
  get pending(): readonly number[] {
    if (!this.allowed || !this.#batch) return NONE
    const { entries } = this.#batch
    let pending: number[] | undefined
    for (let index = 0; index < entries.length; index += 1) {
      if (entries[index]!.role === 'peek') (pending ??= []).push(index)
    }
    return pending ?? NONE
  }

  /** The entry that charges late what entry `index` only tested. */
  settlement(index: number): Batch<Req, Res>['entries'][number] {
    return { ...this.#batch!.entries[index]!, role: 'settle' }
  }

  /** Takes over that an entry has been charged after all, with the storage's verdict where there is one already. */
  charge(index: number, verdict?: Verdict): void {
    const quota = verdict ?? this.#result!.verdicts[index]!.ifCharged
    if (!quota) return
    ;(this.#charged ??= new Map()).set(index, quota)
    this.#limits = undefined
    this.#limit = undefined
  }

  /** Indices of the entries considered: all ordinary ones, those up to the first that refused, or the meta limit that did. */
  #indices(): readonly number[] {
    const entries = this.#batch?.entries ?? NONE
    const first = this.#refusing[0]
    if (first !== undefined && entries[first]!.role === 'meta') return [first]
    const end = this.#endsAtRefusal ? first! + 1 : entries.length
    const indices: number[] = []
    for (let index = 0; index < end; index += 1) if (entries[index]!.role !== 'meta') indices.push(index)
    return indices
  }
}

/** Whether an entry can have refused: a meta limit that only counts cannot. */
function counts<Req, Res>(batch: Batch<Req, Res>, index: number): boolean {
  const entry = batch.entries[index]!
  return entry.role !== 'meta' || entry.gates !== false
}

function refusingEntries<Req, Res>(
  batch: Batch<Req, Res>,
  result: BatchResult,
  firstRefusalOnly: boolean,
): readonly number[] {
  const refused: number[] = []
  for (let index = 0; index < result.verdicts.length; index += 1) {
    if (!result.verdicts[index]!.allowed && counts(batch, index)) refused.push(index)
  }
  // An exhausted meta limit is reported alone: it refuses whatever the others would have said.
  const meta = refused.find((index) => batch.entries[index]!.role === 'meta')
  if (meta !== undefined) return [meta]
  if (firstRefusalOnly) return refused.slice(0, 1)
  const application = batch.phased ? refused.filter((index) => batch.rules[index]!.source === 'application') : []
  return application.length > 0 ? application : refused
}

/** A name that stays when the amount is edited: "default-minute", "api-2-hours". */
function policyName<Req, Res>(rule: Rule<Req, Res>, granularity: string, multiples: number): string {
  const owner =
    rule.shared && typeof rule.scope === 'string' && rule.source !== 'application' ? rule.scope : rule.source
  return multiples === 1 ? `${owner}-${granularity}` : `${owner}-${multiples}-${granularity}s`
}
