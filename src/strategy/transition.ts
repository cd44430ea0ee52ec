import type { EpochMs } from '../clock.ts'
import type { Quota, State, Transition } from './strategy.ts'

// Every transition has the same properties in the same order: with two shapes of them a decision took up to five times as long.

/** The transition of a cost that is charged: `next` is stored until `expiresAt`. */
export function charged(next: State, expiresAt: EpochMs, before: Quota, after: Quota, now: EpochMs): Transition {
  return { allowed: true, next, onRefusal: undefined, expiresAt, now: before, after, retryAt: now }
}

/** The transition of a cost that changes nothing: a refusal, or cost 0, which always fits. `retryAt` is the refusal's. */
export function unchanged(allowed: boolean, quota: Quota, now: EpochMs, retryAt: EpochMs | undefined): Transition {
  return {
    allowed,
    next: undefined,
    onRefusal: undefined,
    expiresAt: now,
    now: quota,
    after: quota,
    retryAt: allowed ? now : retryAt,
  }
}
