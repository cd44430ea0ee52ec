import type { EpochMs } from '../clock.ts'
import type { RateLimit } from '../limit/rate-limit.ts'

/** The strategies there are. */
export type StrategyName =
  | 'fixed-window'
  | 'fixed-window-elastic-expiry'
  | 'moving-window'
  | 'sliding-window-counter'
  | 'token-bucket'

/** What a strategy keeps of one key: a flat vector of integers, so that one codec serves every storage. */
export type State = readonly number[]

/** How much is left, and until when. */
export interface Quota {
  /** Units that could be spent now. With 10 per minute of which 6 are spent, 4. */
  readonly remaining: number
  /** The next instant at which `remaining` grows; the present instant when it is full. */
  readonly resetAt: EpochMs
}

/** What one cost does to one state at one instant. */
export interface Transition {
  /** Whether the cost fits. */
  readonly allowed: boolean
  /** What to store if the cost is charged; undefined: nothing to store. */
  readonly next: State | undefined
  /** Elastic expiry only: what to store when this step itself refuses. */
  readonly onRefusal: State | undefined
  /** From this instant on, `next` (or `onRefusal`) means the same as no state at all. */
  readonly expiresAt: EpochMs
  /** Before the cost. */
  readonly now: Quota
  /** With the cost charged. Where it does not fit: as `onRefusal` leaves it, else equal to `now`. */
  readonly after: Quota
  /** When this cost would pass if nothing else is charged: the present instant if it fits, undefined if it never can. */
  readonly retryAt: EpochMs | undefined
}

/**
 * What a limit means over time. Pure: no clock, no storage, no randomness.
 *
 * Laws, for every state a sequence of steps can reach:
 * 1. `allowed` iff the cost fits into what remains.
 * 2. At `retryAt` the same cost passes; one millisecond before it does not.
 * 3. From `expiresAt` on, the state answers as no state does.
 * 4. Cost 0 is always allowed and changes no quota.
 */
export interface Strategy {
  readonly name: StrategyName
  step(state: State | undefined, limit: RateLimit, cost: number, now: EpochMs): Transition
  /** The state with every instant later than `now` pulled back, for a clock that went backwards: instants of counting to `now`, ends of windows to `now + window`. */
  rewind(state: State, limit: RateLimit, now: EpochMs): State
}
