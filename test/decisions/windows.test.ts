import { expect } from 'vitest'
import { parseLimits, type StrategyName } from '../../src/index.ts'
import { bench } from '../limiter/plain.ts'
import { better } from './better.ts'

const STRATEGIES: readonly StrategyName[] = [
  'fixed-window',
  'fixed-window-elastic-expiry',
  'moving-window',
  'sliding-window-counter',
  'token-bucket',
]

/** A limiter with one limit of which each call spends `cost`; 0 only looks. */
function meter(notation: string, strategy: StrategyName) {
  let cost = 0
  const it = bench({ strategy, defaultLimits: [{ limit: notation, cost: () => cost }] })
  const begin = it.clock.now()
  const spend = async (amount: number) => {
    cost = amount
    const { allowed, limit, retryAt } = await it.decide()
    return {
      allowed,
      remaining: limit!.remaining,
      resetIn: limit!.resetAt - it.clock.now(),
      retryIn: retryAt === undefined ? undefined : retryAt - it.clock.now(),
    }
  }
  return { spend, look: async () => spend(0), at: (ms: number) => it.clock.set(begin + ms) }
}

better('unused-window-reset', 'an untouched window resets now, in every strategy', async () => {
  for (const strategy of STRATEGIES) {
    expect(await meter('5/minute', strategy).look()).toMatchObject({ remaining: 5, resetIn: 0 })
  }
})

better('moving-window-stale-reset', 'a window whose entries have all gone resets now', async () => {
  const { spend, look, at } = meter('5/minute', 'moving-window')
  await spend(3)
  at(90_000)
  expect(await look()).toMatchObject({ remaining: 5, resetIn: 0 })
})

better(
  'moving-window-boundary-inclusive',
  'what was spent is back exactly at the end of its life, and not before',
  async () => {
    const { spend, at } = meter('1/minute', 'moving-window')
    await spend(1)
    at(59_999)
    expect(await spend(1)).toMatchObject({ allowed: false, retryIn: 1 })
    at(60_000)
    expect(await spend(1)).toMatchObject({ allowed: true, remaining: 0 })
  },
)

better('redis-expiry-instant', 'a window is over at its end, in every strategy', async () => {
  for (const strategy of STRATEGIES) {
    const { spend, at } = meter('1/minute', strategy)
    await spend(1)
    // The counter of two windows lets go of the first one only after its end, as recorded.
    at(strategy === 'sliding-window-counter' ? 60_001 : 60_000)
    expect(await spend(1)).toMatchObject({ allowed: true })
  }
})

better('sliding-window-float-rounding', 'the counter of two windows is exact in every millisecond', async () => {
  const { spend, look, at } = meter('1000/second', 'sliding-window-counter')
  await spend(7)
  const wrong: number[] = []
  for (let ms = 1; ms < 1000; ms += 1) {
    at(1000 + ms)
    const weighted = Number((7n * BigInt(1000 - ms)) / 1000n)
    if ((await look()).remaining !== 1000 - weighted) wrong.push(ms)
  }
  expect(wrong).toEqual([])
})

better('sliding-reset-now', 'resetAt is when the remaining amount next grows', async () => {
  const { spend, look, at } = meter('10/minute', 'sliding-window-counter')
  await spend(10)
  at(75_000)
  const { remaining, resetIn } = await look()
  expect(resetIn).toBeGreaterThan(0)
  at(75_000 + resetIn - 1)
  expect((await look()).remaining).toBe(remaining)
  at(75_000 + resetIn)
  expect((await look()).remaining).toBe(remaining + 1)
})

better('aligned', 'windows open with the first call, not with the clock', async () => {
  for (const strategy of ['fixed-window', 'sliding-window-counter'] as const) {
    const { spend, look, at } = meter('2/minute', strategy)
    at(59_000)
    await spend(2)
    at(60_000)
    expect(await look()).toMatchObject({ remaining: 0 })
    at(118_999)
    expect(await look()).toMatchObject({ remaining: 0 })
  }
})

better('parse-stray-colon', 'a colon is a syntax error', () => {
  expect(() => parseLimits('1/minute:;2/hour')).toThrow('at position 8 expected ",", ";", "|" or the end, got ":"')
})

better('parse-zero-multiple-is-one', 'per 0 minutes is an error', () => {
  expect(() => parseLimits('1 per 0 minute')).toThrow('at position 6 expected an integer from 1 to')
})

better('parse-unicode-space', 'a space that is not ASCII is a syntax error', () => {
  expect(() => parseLimits('1\u00a0per minute')).toThrow('U+00A0')
})

better('parse-unbounded-integers', 'a number that cannot be counted exactly is an error', () => {
  expect(() => parseLimits('9007199254740992 per minute')).toThrow(
    'at position 0 expected an integer from 0 to 9007199254740991',
  )
})
