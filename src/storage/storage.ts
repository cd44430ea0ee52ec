import type { EpochMs } from '../clock.ts'
import type { RateLimit } from '../limit/rate-limit.ts'
import type { Quota, StrategyName } from '../strategy/strategy.ts'

/** A value now or later. What can be answered at once is answered without a promise. */
export type MaybePromise<T> = T | Promise<T>

/**
 * What an entry is in its batch.
 *
 * - `limit`: an ordinary limit: tested, and charged when the batch is allowed.
 * - `peek`: tested with the others and not charged: the charge follows after the response.
 * - `meta`: counts refusals of the entries it watches, and refuses while it is exhausted.
 * - `settle`: the late charge of what was a `peek`.
 */
export type Role = 'limit' | 'peek' | 'meta' | 'settle'

/** One limit for one client, as a storage sees it. Carries everything that is needed to decide it. */
export interface Entry {
  /** Distinct within a batch. */
  readonly key: string
  readonly limit: RateLimit
  readonly strategy: StrategyName
  /** An integer ≥ 0. */
  readonly cost: number
  readonly role: Role
  /** `meta` only: indices of the `limit` and `peek` entries whose refusals it counts. */
  readonly watches?: readonly number[]
  /** `meta` only: false when it only counts and never refuses. */
  readonly gates?: boolean
}

/** What became of one entry: its own test, and how much is left after the whole batch. */
export interface Verdict extends Quota {
  /** By its own step, whatever the others said. */
  readonly allowed: boolean
  /** When this cost would pass; undefined: never. The batch's instant where it passes now. */
  readonly retryAt: EpochMs | undefined
  /** `peek` only: the quota as it will be if the cost is charged. */
  readonly ifCharged?: Quota
}

/** What became of a batch. */
export interface BatchResult {
  readonly allowed: boolean
  /** The one instant at which every entry was decided. */
  readonly now: EpochMs
  /** In the order of the entries. */
  readonly verdicts: readonly Verdict[]
  /**
   * Set on a refusal of a batch that was decided in parts, of which some were charged and given back: a moment later it could be
   * allowed.
   */
  readonly tentative?: boolean
}

/** How a batch is to be decided. */
export interface EvaluateOptions {
  /** The instant to decide at, instead of the storage's own clock. */
  readonly now?: EpochMs
  /** Only the first refusing entry counts as refusing: for meta limits and elastic expiry. */
  readonly firstRefusalOnly?: boolean
}

/**
 * Where state lives. One primitive decides; the rest is housekeeping.
 *
 * Laws of `evaluate`:
 * 1. `now` is the caller's if given, else the storage's own clock; every entry uses that one instant. Instants of a stored
 *    state that lie in the future are first pulled back, and stay so whatever becomes of the batch.
 * 2. Keys in a batch are distinct. Every entry is stepped against the state before the batch.
 * 3. If a gating `meta` entry refuses, the batch is refused and nothing at all is written.
 * 4. Otherwise, if a `limit` or `peek` entry refuses, the batch is refused. The refusing entries are all of those, or with
 *    `firstRefusalOnly` the first in order. Written are: each `meta` entry that watches a refusing entry and whose own step
 *    allowed, and `onRefusal` of each refusing `limit` entry. Nothing else.
 * 5. Otherwise the batch is allowed, and every `limit` entry is written; `peek` and `meta` never are.
 * 6. A `settle` entry comes alone or with other `settle` entries. Each charges `min(cost, remaining)` and answers allowed.
 * 7. Cost 0 steps like any other, and writes nothing.
 * 8. Each verdict is its entry's own: `allowed` and `retryAt` of its step, `remaining` and `resetAt` of the state as it is
 *    after the batch, and for `peek` also `ifCharged`.
 */
export interface Storage {
  /** For people: in messages, events and the CLI. */
  readonly name: string
  /** Whether a batch of several keys is decided and written as one, or key by key. */
  readonly atomicity: 'batch' | 'key'
  /**
   * How often it has connected to where state lives. Only storages that take a round trip have this: a limiter remembers their
   * refusals for a while instead of asking again, and forgets them when this changes.
   */
  readonly connections?: number
  /**
   * Loads what it needs into the process, such as a client library. Requests wait for this before their deadline for the storage
   * begins; a failure is one of the storage. Asked until it has been done once.
   */
  load?(): MaybePromise<void>
  evaluate(entries: readonly Entry[], options?: EvaluateOptions): MaybePromise<BatchResult>
  /** Removes the state of these keys. */
  forget(keys: readonly string[]): MaybePromise<void>
  /** Removes every key that begins with `prefix`; answers how many there were. */
  reset(prefix: string): MaybePromise<number>
  /** Answers if the storage can be used; fails otherwise. */
  ping(): MaybePromise<void>
  /** Gives up what the storage itself has opened. */
  close(): MaybePromise<void>
}
