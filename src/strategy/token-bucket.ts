import type { EpochMs } from '../clock.ts'
import type { RateLimit } from '../limit/rate-limit.ts'
import type { Quota, State, Strategy } from './strategy.ts'
import { charged, unchanged } from './transition.ts'

/**
 * Holds `amount` tokens and gets them back evenly over the window: 60 per minute is one a second, with up to 60 at once. `(at,
 * level)`: what was missing at `at`, in token·ms, so that nothing is ever rounded: a missing token is `window` of them, and
 * `amount` of them come back each millisecond. Equivalent to the generic cell rate algorithm (GCRA).
 */
export const tokenBucket: Strategy = {
  name: 'token-bucket',
  step(state, limit, cost, now) {
    const { amount, windowMs } = limit
    const level = levelAt(state, limit, now)
    const before = quotaOf(level, limit, now)
    const allowed = cost <= before.remaining
    if (cost === 0 || !allowed) {
      return unchanged(allowed, before, now, cost > amount ? undefined : fallsTo(amount - cost, level, limit, now))
    }
    const filled = level + cost * windowMs
    return charged([now, filled], fallsTo(0, filled, limit, now), before, quotaOf(filled, limit, now), now)
  },
  rewind(state, _limit, now) {
    return state[0]! <= now ? state : [now, state[1]!]
  },
}

function levelAt(state: State | undefined, { amount, windowMs }: RateLimit, now: EpochMs): number {
  if (state === undefined) return 0
  const elapsed = now - state[0]!
  // Past a whole window the product could leave the integers that are exact.
  return elapsed >= windowMs ? 0 : Math.max(0, state[1]! - elapsed * amount)
}

function quotaOf(level: number, limit: RateLimit, now: EpochMs): Quota {
  const { amount, windowMs } = limit
  const remaining = Math.floor((amount * windowMs - level) / windowMs)
  return { remaining, resetAt: remaining === amount ? now : fallsTo(amount - remaining - 1, level, limit, now) }
}

/** When no more than `missing` tokens are missing, if nothing is charged. */
function fallsTo(missing: number, level: number, { amount, windowMs }: RateLimit, now: EpochMs): EpochMs {
  return now + Math.ceil((level - missing * windowMs) / amount)
}
