import type { Clock, EpochMs } from '../clock.ts'

/** A clock that stands still until it is told otherwise, for tests: `createLimiter({ clock: new ManualClock() })`. */
export class ManualClock implements Clock {
  #now: EpochMs

  /** It stands at `now` at first, in ms since the epoch; at 2027-01-15T08:00:00Z if left out. */
  constructor(now: EpochMs = 1_800_000_000_000) {
    this.#now = now
  }

  now(): EpochMs {
    return this.#now
  }

  /** Puts it to an instant, in ms since the epoch. It may go backwards. */
  set(now: EpochMs): void {
    this.#now = now
  }

  /** Lets so many milliseconds pass. */
  advance(ms: number): void {
    this.#now += ms
  }
}
