import type { Strategy } from './strategy.ts'
import { charged, unchanged } from './transition.ts'

/**
 * Counts in windows that open with the first charge: `(count, end)`. At its end a window is over. 10 per minute, first charged
 * at 12:00:20, begins anew at 12:01:20.
 */
export const fixedWindow: Strategy = windowStrategy('fixed-window', false)

/**
 * The same, but every cost, also a refused one, moves the window's end to a whole window from now: who keeps asking keeps
 * waiting. Flask-Limiter had it until `limits` 5.
 */
export const fixedWindowElasticExpiry: Strategy = windowStrategy('fixed-window-elastic-expiry', true)

function windowStrategy(name: Strategy['name'], elastic: boolean): Strategy {
  return {
    name,
    step(state, limit, cost, now) {
      const open = state !== undefined && now < state[1]!
      const count = open ? state[0]! : 0
      const end = open ? state[1]! : now
      const remaining = limit.amount - count
      const before = { remaining, resetAt: end }
      const allowed = cost <= remaining
      if (cost === 0) return unchanged(allowed, before, now, now)

      const moved = open && !elastic ? end : now + limit.windowMs
      if (allowed) {
        const after = { remaining: remaining - cost, resetAt: moved }
        return charged([count + cost, moved], moved, before, after, now)
      }
      // An empty window has no end to move.
      const extended = elastic && open
      const retryAt = cost > limit.amount ? undefined : extended ? moved : end
      if (!extended) return unchanged(allowed, before, now, retryAt)
      const after = { remaining, resetAt: moved }
      return { allowed, next: undefined, onRefusal: [count, moved], expiresAt: moved, now: before, after, retryAt }
    },
    rewind(state, limit, now) {
      const latest = now + limit.windowMs
      return state[1]! <= latest ? state : [state[0]!, latest]
    },
  }
}
