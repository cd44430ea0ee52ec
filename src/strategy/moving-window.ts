import type { Strategy } from './strategy.ts'
import { charged, unchanged } from './transition.ts'

/**
 * Remembers when everything was charged: `(t, n, t, n, …)`, oldest first, equal instants merged. What was charged at `t` counts
 * until `t + window`, so that no window, wherever it begins, holds more than the amount.
 */
export const movingWindow: Strategy = {
  name: 'moving-window',
  step(state = [], limit, cost, now) {
    const { amount, windowMs } = limit
    let first = 0
    while (first < state.length && state[first]! + windowMs <= now) first += 2
    let used = 0
    for (let i = first; i < state.length; i += 2) used += state[i + 1]!

    const remaining = amount - used
    const before = { remaining, resetAt: used === 0 ? now : state[first]! + windowMs }
    const allowed = cost <= remaining
    if (cost === 0 || !allowed)
      return unchanged(allowed, before, now, cost > amount ? undefined : freeAt(cost - remaining))

    const next = state.slice(first)
    if (next.at(-2) === now) next.push(next.pop()! + cost)
    else next.push(now, cost)
    const after = { remaining: remaining - cost, resetAt: next[0]! + windowMs }
    return charged(next, now + windowMs, before, after, now)

    /** When so much of what is used is gone. */
    function freeAt(lacking: number): number {
      let i = first
      for (let freed = state[i + 1]!; freed < lacking; freed += state[i + 1]!) i += 2
      return state[i]! + windowMs
    }
  },
  rewind(state, _limit, now) {
    const rewound = [...state]
    let future = 0
    while (rewound.at(-2)! > now) {
      future += rewound.pop()!
      rewound.pop()
    }
    if (future === 0) return state
    if (rewound.at(-2) === now) rewound.push(rewound.pop()! + future)
    else rewound.push(now, future)
    return rewound
  },
}
