import type { EpochMs } from '../clock.ts'
import type { Quota, Transition } from './strategy.ts'

/** The transition of a cost that changes nothing: a refusal, or cost 0, which always fits. `retryAt` is the refusal's. */
export function unchanged(allowed: boolean, quota: Quota, now: EpochMs, retryAt: EpochMs | undefined): Transition {
  return { allowed, next: undefined, expiresAt: now, now: quota, after: quota, retryAt: allowed ? now : retryAt }
}
