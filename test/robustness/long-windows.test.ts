import { afterEach, describe, expect, test, vi } from 'vitest'
import { createLimiter as fetchLimiter } from '../../src/adapters/fetch/index.ts'
import { parseLimit } from '../../src/limit/parse-limits.ts'
import { lateStorage } from '../../src/storage/late-storage.ts'
import { memoryStorage } from '../../src/storage/memory/memory-storage.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { STRATEGY_NAMES } from '../../src/strategy/strategies.ts'
import { ManualClock, referenceStorage } from '../../src/testing/index.ts'
import { bench } from '../limiter/plain.ts'

const DAY = 86_400_000
/** The longest time for which Node can set a timer; a longer one goes off at once. */
const LONGEST_TIMER = 2 ** 31 - 1

const later: Storage = {
  ...referenceStorage(),
  connections: 1,
  evaluate: async (...args) => inner.evaluate(...args),
}
const inner = referenceStorage()

const STORAGES: readonly [string, () => Storage][] = [
  ['memory', () => memoryStorage()],
  ['a remote one', () => ({ ...later, evaluate: later.evaluate })],
  ['one that is loaded late', () => lateStorage({ name: 'late', atomicity: 'batch' }, async () => later)],
]

afterEach(() => {
  vi.restoreAllMocks()
  void inner.reset('')
})

describe.each(STORAGES)('on %s', (_, storage) => {
  test.each(
    STRATEGY_NAMES.flatMap((strategy) => [
      [strategy, '2 per month', 30 * DAY] as const,
      [strategy, '2 per year', 360 * DAY] as const,
      [strategy, '2 per 100 years', 36_000 * DAY] as const,
    ]),
  )('%s of %s refuses until its end, and sets no timer for it', async (strategy, notation, windowMs) => {
    const timer = vi.spyOn(globalThis, 'setTimeout')
    const interval = vi.spyOn(globalThis, 'setInterval')
    const { clock, decide } = bench({ storage: storage(), strategy, defaultLimits: [notation] })
    const begin = clock.now()
    expect([await decide(), await decide()].map(({ allowed }) => allowed)).toEqual([true, true])
    const { allowed, retryAt } = await decide()
    expect(allowed).toBe(false)
    const wait =
      { 'token-bucket': windowMs / 2, 'sliding-window-counter': windowMs + 1 }[strategy as string] ?? windowMs
    expect(retryAt).toBe(begin + wait)
    // Others keep it busy for so long that everything that is over is swept away.
    for (const part of [0.1, 0.5, 0.9]) {
      clock.set(begin + Math.floor(wait * part))
      for (let i = 0; i < 500; i++) await decide(`other ${part} ${i}`)
    }
    clock.set(begin + wait - 1)
    if (strategy !== 'fixed-window-elastic-expiry') expect((await decide()).allowed).toBe(false)
    clock.set(begin + wait)
    expect((await decide()).allowed).toBe(true)
    expect(interval).not.toHaveBeenCalled()
    for (const [, ms = 0] of timer.mock.calls) expect(ms).toBeLessThanOrEqual(LONGEST_TIMER)
  })
})

test('a refusal of a remote storage that lasts a month is remembered for a second', async () => {
  let asked = 0
  const storage: Storage = { ...later, evaluate: (...args) => (asked++, later.evaluate(...args)) }
  const { clock, decide } = bench({ storage, defaultLimits: ['1 per month'] })
  const begin = clock.now()
  for (let i = 0; i < 5; i++) await decide()
  expect(asked).toBe(2)
  clock.set(begin + 30 * DAY - 1)
  expect((await decide()).allowed).toBe(false)
  clock.advance(1)
  expect([(await decide()).allowed, asked]).toEqual([true, 4])
})

test.each([
  ['1 per month', 2_592_000],
  ['1 per year', 31_104_000],
  ['1 per 285616 years', 8_883_800_064_000],
])('a refusal by %s is told in whole seconds, and as a date that is one', async (notation, seconds) => {
  const clock = new ManualClock()
  const all = ['legacy', 'standard'] as const
  for (const retryAfter of ['delta-seconds', 'http-date'] as const) {
    const limiter = fetchLimiter({
      key: () => 'ann',
      clock,
      headers: all,
      retryAfter,
      keyPrefix: retryAfter,
      logger: {},
    })
    const handler = limiter.handler({ endpoint: 'GET /', limits: notation }, () => new Response('ok'))
    await handler(new Request('http://localhost/'))
    const { status, headers } = await handler(new Request('http://localhost/'))
    expect(status).toBe(429)
    expect(headers.get('X-RateLimit-Reset')).toBe(String(clock.now() / 1000 + seconds))
    expect(headers.get('RateLimit')).toBe(`"route-${nameOf(notation)}";r=0;t=${seconds}`)
    const value = headers.get('Retry-After')!
    if (retryAfter === 'delta-seconds') expect(value).toBe(String(seconds))
    else expect(Date.parse(value)).toBe(Math.min(clock.now() + seconds * 1000, Date.UTC(9999, 11, 31, 23, 59, 59)))
  }
})

function nameOf(notation: string): string {
  const { multiples, granularity } = parseLimit(notation)
  return multiples === 1 ? granularity : `${multiples}-${granularity}s`
}
