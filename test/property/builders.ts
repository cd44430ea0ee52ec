import fc from 'fast-check'
import type { RateLimit } from '../../src/limit/rate-limit.ts'
import type { StrategyName } from '../../src/strategy/strategy.ts'
import { limitOf } from '../strategy/timeline.ts'

/** A cost asked for some time after the one before it. */
export interface Ask {
  readonly wait: number
  readonly cost: number
}

const MULTIPLY: readonly StrategyName[] = ['sliding-window-counter', 'token-bucket']

/** Limits that a strategy takes: small ones, where everything happens, and ones at the end of what can be counted. */
export function limits(strategy: StrategyName): fc.Arbitrary<RateLimit> {
  const small = fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 1, max: 40 }))
  const large = fc.integer({ min: 0, max: 43 }).chain((bits) => {
    const windowMs = 2 ** bits + 1
    const most = MULTIPLY.includes(strategy) ? Math.floor(Number.MAX_SAFE_INTEGER / windowMs) : Number.MAX_SAFE_INTEGER
    return fc.tuple(fc.integer({ min: Math.max(1, most - 5), max: most }), fc.constant(windowMs))
  })
  return fc
    .oneof({ weight: 4, arbitrary: small }, { weight: 1, arbitrary: large })
    .map(([amount, windowMs]) => limitOf(amount, windowMs))
}

/** Costs one after another, as they come about at this limit: close together and apart, small, fitting, and too large. */
export function asks(limit: RateLimit): fc.Arbitrary<readonly Ask[]> {
  const { amount, windowMs } = limit
  const wait = fc.oneof(
    fc.integer({ min: 0, max: 3 }),
    fc.integer({ min: 0, max: windowMs }),
    fc.constantFrom(windowMs - 1, windowMs, windowMs + 1, 2 * windowMs),
  )
  const cost = fc.oneof(
    fc.integer({ min: 0, max: 2 }),
    fc.integer({ min: 0, max: amount }),
    fc.integer({ min: 0, max: Math.min(amount, Number.MAX_SAFE_INTEGER - 1) + 1 }),
  )
  return fc.array(fc.record({ wait, cost }), { maxLength: 30 })
}
