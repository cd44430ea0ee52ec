import type { EpochMs } from '../clock.ts'
import type { RateLimit } from '../limit/rate-limit.ts'
import type { Quota, State, Strategy } from './strategy.ts'
import { charged, unchanged } from './transition.ts'

/**
 * Two counters, `(start, current, previous)`: of the previous window counts the part that a window ending now would still cover,
 * rounded down. The first charge starts the first window, and the others follow from there. Close to moving-window at a fixed
 * size, as `limits` has it on Redis.
 */
export const slidingWindowCounter: Strategy = {
  name: 'sliding-window-counter',
  step(state, limit, cost, now) {
    const { amount, windowMs } = limit
    const windows = windowsAt(state, windowMs, now)
    const before = quotaOf(windows, limit, now)
    const allowed = cost <= before.remaining
    if (cost === 0 || !allowed) {
      return unchanged(allowed, before, now, cost > amount ? undefined : fallsTo(amount - cost, windows, windowMs))
    }
    const next = { ...windows, current: windows.current + cost }
    const after = quotaOf(next, limit, now)
    return charged([next.start, next.current, next.previous], next.start + 2 * windowMs, before, after, now)
  },
  rewind(state, _limit, now) {
    return state[0]! <= now ? state : [now, state[1]!, state[2]!]
  },
}

interface Windows {
  readonly start: EpochMs
  readonly current: number
  readonly previous: number
}

/** At `start + window` the old window is still the current one; after it, the previous one. */
function windowsAt(state: State | undefined, windowMs: number, now: EpochMs): Windows {
  if (state === undefined) return { start: now, current: 0, previous: 0 }
  const start = state[0]!
  const elapsed = now - start
  if (elapsed >= 2 * windowMs) return { start: now, current: 0, previous: 0 }
  if (elapsed > windowMs) return { start: start + windowMs, current: 0, previous: state[1]! }
  return { start, current: state[1]!, previous: state[2]! }
}

function quotaOf(windows: Windows, { amount, windowMs }: RateLimit, now: EpochMs): Quota {
  const { start, current, previous } = windows
  const weighted = current + Math.floor((previous * (start + windowMs - now)) / windowMs)
  // More than the amount can be in force once a clock went backwards and a window starts over.
  const remaining = Math.max(0, amount - weighted)
  return { remaining, resetAt: remaining === amount ? now : fallsTo(amount - remaining - 1, windows, windowMs) }
}

/**
 * When what is in force falls to `target`, from above, if nothing is charged. `floor(n × left / W) ≤ k` holds as soon as
 * `left ≤ ((k + 1) × W − 1) / n`. Below `current` that is in the next window, where `current` is the previous one.
 */
function fallsTo(target: number, { start, current, previous }: Windows, windowMs: number): EpochMs {
  return target >= current
    ? start + windowMs - Math.floor(((target - current + 1) * windowMs - 1) / previous)
    : start + 2 * windowMs - Math.floor(((target + 1) * windowMs - 1) / current)
}
