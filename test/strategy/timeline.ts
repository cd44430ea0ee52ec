import { expect } from 'vitest'
import type { RateLimit } from '../../src/limit/rate-limit.ts'
import type { State, Strategy, Transition } from '../../src/strategy/strategy.ts'

/** What a step answers: `ok` or `no`, what is left, when that grows, and when the cost passes. */
export type Row = readonly [
  at: number,
  cost: number,
  verdict: 'ok' | 'no',
  remaining: number,
  resetAt: number,
  retryAt: number | 'never',
]

/** Plays costs one after another, each kept if it is allowed, and says what was answered. The table is what is expected. */
export function play(strategy: Strategy, limit: RateLimit, rows: readonly Row[]): void {
  let state: State | undefined
  const played = rows.map(([at, cost]): Row => {
    const transition = strategy.step(state && strategy.rewind(state, limit, at), limit, cost, at)
    state = stored(transition) ?? state
    const { allowed, after, retryAt } = transition
    return [at, cost, allowed ? 'ok' : 'no', after.remaining, after.resetAt, retryAt ?? 'never']
  })
  expect(played).toEqual(rows)
}

/** The state that a step leaves to be stored, if it does. */
export function stored({ next, onRefusal }: Transition): State | undefined {
  return next ?? onRefusal
}

/** A limit with a window of any length, for numbers small enough to follow. */
export function limitOf(amount: number, windowMs: number): RateLimit {
  return { amount, windowMs, multiples: 1, granularity: 'second', text: `${amount} per ${windowMs} ms` }
}
