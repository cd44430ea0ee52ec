/** An instant: milliseconds since the Unix epoch, an integer. */
export type EpochMs = number

/**
 * Tells the time. Hand one to `createLimiter({ clock })` to drive a limiter by virtual time; its
 * instant is then handed to every storage, so that even a remote storage follows it.
 */
export interface Clock {
  /** The present instant, in whole milliseconds since the Unix epoch. */
  now(): EpochMs
}

/** The wall clock of this process. */
export const systemClock: Clock = { now: () => Date.now() }

/** Milliseconds on a clock that never jumps, for measuring how long something takes. Its zero is arbitrary. */
export const monotonicMs = (): number => performance.now()
