import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { createHeaderWriter } from '../../src/http/headers.ts'
import { rateLimit } from '../../src/limit/rate-limit.ts'
import { memoryStorage } from '../../src/storage/memory/memory-storage.ts'
import type { BatchResult, Entry, Storage } from '../../src/storage/storage.ts'
import { STRATEGY_NAMES } from '../../src/strategy/strategies.ts'
import type { StrategyName } from '../../src/strategy/strategy.ts'
import { referenceStorage } from '../../src/testing/index.ts'
import { bench, type Bench } from '../limiter/plain.ts'
import { law } from './law.ts'

const YEAR = 360 * 86_400_000
const BEGIN = 1_800_000_000_000

/** How a clock goes on: a little, by windows, or wildly, forwards and backwards. */
const jump = (windowMs: number): fc.Arbitrary<number> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 0, max: Math.ceil(windowMs / 3) }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(windowMs, -windowMs, windowMs + 1, -windowMs - 1, -1, 2 * windowMs, -2 * windowMs),
    },
    { weight: 1, arbitrary: fc.integer({ min: -20 * YEAR, max: 20 * YEAR }) },
  )

const limit = fc.oneof(
  fc
    .tuple(
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom('second' as const, 'minute' as const, 'month' as const, 'year' as const),
    )
    .map(([amount, unit]) => rateLimit(amount, unit)),
)
const walk = limit.chain((size) =>
  fc.tuple(fc.constant(size), fc.array(fc.tuple(jump(size.windowMs), fc.nat(2)), { minLength: 1, maxLength: 40 })),
)

/** How long one has to wait at most for a cost of 1 to pass. The window's end itself belongs to the old window there. */
const mostWait = (strategy: StrategyName, windowMs: number): number =>
  strategy === 'sliding-window-counter' ? windowMs + 1 : windowMs

describe.each(STRATEGY_NAMES)('%s, by a clock that jumps', (strategy) => {
  const storages: readonly [string, () => Storage][] = [
    ['memory', () => memoryStorage()],
    ['the kernel', () => referenceStorage()],
  ]
  for (const [name, create] of storages) {
    law(
      `in ${name} nobody waits longer than a window, and then passes, however often they asked meanwhile`,
      fc.tuple(walk, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 })),
      ([[size, steps], asks]) => {
        const storage = create()
        const entry: Entry = { key: 'k', limit: size, strategy, cost: 1, role: 'limit' }
        const ask = (now: number, cost = 1) =>
          (storage.evaluate([{ ...entry, cost }], { now }) as BatchResult).verdicts[0]!
        let now = BEGIN
        for (const [ms, cost] of steps) {
          now = Math.max(0, now + ms)
          const { remaining, resetAt, retryAt } = ask(now, cost)
          expect(remaining).toBeGreaterThanOrEqual(0)
          expect(remaining).toBeLessThanOrEqual(size.amount)
          expect(resetAt).toBeGreaterThanOrEqual(now)
          expect(resetAt - now).toBeLessThanOrEqual(2 * size.windowMs)
          if (cost === 1) expect(retryAt! - now).toBeLessThanOrEqual(mostWait(strategy, size.windowMs))
        }
        const { allowed, retryAt } = ask(now)
        if (allowed) return
        // Asking moves the end of an elastic window: that is what it is for.
        const meanwhile = strategy === 'fixed-window-elastic-expiry' ? [] : asks.toSorted((a, b) => a - b)
        for (const part of meanwhile) expect(ask(now + Math.floor(part * (retryAt! - now - 1))).allowed).toBe(false)
        expect(ask(retryAt!).allowed).toBe(true)
      },
    )
  }
})

/** A storage that is far away, as far as a limiter can tell. */
const remote = (): Storage => ({ ...referenceStorage(), connections: 1 })

law(
  'a whole limiter by a clock that jumps keeps nobody out longer than the longest window, and tells it in whole seconds',
  fc.tuple(
    fc.array(jump(60_000), { minLength: 1, maxLength: 40 }),
    fc.constantFrom('memory', 'remote'),
    fc.constantFrom(...STRATEGY_NAMES),
  ),
  async ([jumps, where, strategy]) => {
    const app = bench({
      strategy,
      defaultLimits: ['2 per second', '5 per minute'],
      storage: where === 'memory' ? memoryStorage() : remote(),
    })
    const writers = (['legacy', 'standard', ['draft-6', 'draft-7']] as const).map((headers) =>
      createHeaderWriter({ headers }),
    )
    for (const ms of jumps) {
      move(app, ms)
      const decision = await app.decide()
      expect(decision.now).toBe(app.clock.now())
      if (!decision.allowed) expect(decision.retryAt! - decision.now).toBeLessThanOrEqual(60_001)
      for (const write of writers) for (const value of write(decision)) expect(value).not.toMatch(/NaN|=-|^-|undefined/)
    }
    // What is remembered of a remote storage tells of one limit only: the other one can have to be waited for as well.
    let decision = await app.decide()
    for (let waits = where === 'memory' ? 1 : 2; waits > 0 && !decision.allowed; waits--) {
      app.clock.set(decision.retryAt!)
      decision = await app.decide()
    }
    expect(decision.allowed).toBe(true)
  },
  {
    regressions: [
      [[0, -60_001, -1], 'remote', 'fixed-window'],
      [[60_000, 0, 0, 60_000, 0, -60_000], 'remote', 'fixed-window'],
      [[60_000, 0, 1000, 1000, -60_000, 0], 'remote', 'fixed-window'],
    ],
  },
)

function move({ clock }: Bench, ms: number): void {
  clock.set(Math.max(0, clock.now() + ms))
}

law(
  'a storage that was lost is tried again after the longest pause, also if the clock went back',
  fc.array(fc.integer({ min: -YEAR, max: YEAR }), { maxLength: 12 }),
  async (jumps) => {
    let isUp = false
    const storage: Storage = {
      ...referenceStorage(),
      evaluate: (...args) => (isUp ? inner.evaluate(...args) : Promise.reject(new Error('down'))),
      ping: () => (isUp ? undefined : Promise.reject(new Error('down'))),
    }
    const inner = referenceStorage()
    const app = bench({ storage, onStorageError: 'allow', defaultLimits: ['5/minute'] })
    for (const ms of [0, 0, 0, ...jumps]) {
      move(app, ms)
      await app.decide()
    }
    isUp = true
    move(app, 32_000)
    expect((await app.decide()).source).toBe('storage')
  },
  { regressions: [[-30_001]] },
)
