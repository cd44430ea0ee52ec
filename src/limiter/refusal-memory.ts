import { type Clock, type EpochMs, monotonicMs } from '../clock.ts'
import type { BatchResult, Entry, Storage, Verdict } from '../storage/storage.ts'

/** How many refusals are remembered at most. */
const MOST_KEYS = 100_000

interface Refusal {
  /** The smallest cost that is known to be refused. */
  readonly cost: number
  readonly verdict: Verdict
  /** The storage's instant of the refusal. */
  readonly now: EpochMs
  /** When the storage was asked, and until when this is remembered: on the clock of the memory. */
  readonly sentAt: number
  readonly until: number
}

/** A decision that needs no storage. */
export interface RememberedRefusal {
  /** The entry that refuses. */
  readonly index: number
  /** With the verdict of that entry alone. */
  readonly result: BatchResult
}

/**
 * Remembers for a short while what a remote storage has refused, so that a client who keeps asking does not cost it a round trip each
 * time. It answers only where the storage would refuse as well and would write nothing: never where a meta limit counts the
 * refusal, or where asking moves an elastic window.
 */
export class RefusalMemory {
  readonly #storage: Storage
  readonly #lifeMs: number
  readonly #firstRefusalOnly: boolean
  readonly #nowMs: () => number
  /** By key, the oldest first. */
  readonly #refusals = new Map<string, Refusal>()
  #connections: number | undefined
  /** The latest instant at which something was looked up or taken in. */
  #latest = 0

  /** `lifeMs`: how long at most. A `clock` given by the user also measures how long. */
  constructor(storage: Storage, lifeMs: number, firstRefusalOnly: boolean, clock?: Clock) {
    this.#storage = storage
    this.#lifeMs = lifeMs
    this.#firstRefusalOnly = firstRefusalOnly
    this.#nowMs = clock ? () => clock.now() : monotonicMs
    this.#connections = storage.connections
  }

  /** The present instant on the clock of the memory. */
  now(): number {
    return this.#nowMs()
  }

  /** The refusal of a decision that is known to be refused; undefined: ask the storage. */
  answer(entries: readonly Entry[]): RememberedRefusal | undefined {
    if (this.#refusals.size === 0) return undefined
    const now = this.#nowMs()
    // A clock of the user can go backwards, and what the storage keeps is then counted anew.
    if (this.#storage.connections !== this.#connections || now < this.#latest) {
      this.clear()
      return undefined
    }
    this.#latest = now
    let first: number | undefined
    let isElastic = false
    for (let index = 0; index < entries.length; index += 1) {
      const entry = entries[index]!
      isElastic ||= entry.strategy === 'fixed-window-elastic-expiry'
      if (entry.role === 'meta' ? entry.gates === false : first !== undefined || !this.#firstRefusalOnly) continue
      const refusal = this.#refusalOf(entry, now)
      if (refusal === undefined) continue
      // Nothing is written while a meta limit refuses, whatever else applies.
      if (entry.role === 'meta') return remembered(index, refusal, now)
      first = index
    }
    if (first === undefined || isElastic) return undefined
    const index = first
    const isCounted = entries.some(({ role, watches }) => role === 'meta' && watches?.includes(index))
    return isCounted ? undefined : remembered(index, this.#refusalOf(entries[index]!, now)!, now)
  }

  /** Takes in what the storage answered to a question that was sent at `sentAt`. */
  remember(entries: readonly Entry[], { allowed, tentative, now, verdicts }: BatchResult, sentAt: number): void {
    if (allowed || tentative) return
    if (this.#storage.connections !== this.#connections) this.clear()
    this.#latest = sentAt
    this.#dropOver()
    let isGated = false
    let first: number | undefined
    for (const [index, entry] of entries.entries()) {
      if (verdicts[index]!.allowed) continue
      if (entry.role !== 'meta') first ??= index
      else if (entry.gates !== false) {
        isGated = true
        this.#keep(entry, verdicts[index]!, now, sentAt)
      }
    }
    if (!isGated && first !== undefined && this.#firstRefusalOnly)
      this.#keep(entries[first]!, verdicts[first]!, now, sentAt)
  }

  /** Forgets everything. */
  clear(): void {
    this.#refusals.clear()
    this.#connections = this.#storage.connections
  }

  #refusalOf({ key, cost }: Entry, now: number): Refusal | undefined {
    const refusal = this.#refusals.get(key)
    return refusal !== undefined && cost >= refusal.cost && now < refusal.until ? refusal : undefined
  }

  #keep({ key, cost }: Entry, verdict: Verdict, now: EpochMs, sentAt: number): void {
    const known = this.#refusals.get(key)
    if (known !== undefined && known.cost < cost && sentAt < known.until) return
    const wait = verdict.retryAt === undefined ? this.#lifeMs : verdict.retryAt - now
    const refusal = { cost, verdict, now, sentAt, until: sentAt + Math.min(wait, this.#lifeMs) }
    // So that the oldest stay first.
    this.#refusals.delete(key)
    this.#refusals.set(key, refusal)
  }

  /** Makes room: what is over goes, a little at a time, and the oldest where there are too many. */
  #dropOver(): void {
    const now = this.#nowMs()
    for (const [key, { until }] of this.#refusals) {
      if (now < until && this.#refusals.size < MOST_KEYS) return
      this.#refusals.delete(key)
    }
  }
}

function remembered(index: number, { verdict, now, sentAt }: Refusal, nowMs: number): RememberedRefusal {
  const result = { allowed: false, now: now + Math.max(0, Math.floor(nowMs - sentAt)), verdicts: [verdict] }
  return { index, result }
}
