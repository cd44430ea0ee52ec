import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseLimit } from '../../../src/limit/parse-limits.ts'
import { RECORD_BYTES } from '../../../src/storage/redis/script/moving-window.ts'
import type { Entry, Storage } from '../../../src/storage/storage.ts'
import { openStorage } from '../../../src/storage/uri.ts'
import { STRATEGY_NAMES } from '../../../src/strategy/strategies.ts'
import { referenceStorage } from '../../../src/testing/index.ts'
import { type RedisServer, startServer, whyWithout } from '../../servers/redis-server.ts'
import { type RandomDecision, randomDecisions, randomIntegers } from './random-decisions.ts'

const T = 1_800_000_000_000

/** How many random decisions the script is held to the kernel for. */
const STEPS = Number(process.env['SCRIPT_STEPS'] ?? 150_000)

function entry(key: string, notation: string, other: Partial<Entry> = {}): Entry {
  return { key, limit: parseLimit(notation), strategy: 'fixed-window', cost: 1, role: 'limit', ...other }
}

const missing = whyWithout('redis-server')
describe.skipIf(missing !== undefined)(missing ?? 'the script', () => {
  let server: RedisServer
  let redis: Redis
  let storage: Storage
  beforeAll(async () => {
    server = await startServer()
    redis = new Redis(server.port)
    storage = openStorage(server.uri, { client: 'ioredis' })
  })
  afterAll(async () => {
    redis.disconnect()
    await storage.close()
    await server.stop()
  })

  test(`decides ${STEPS} random decisions as the kernel does`, { timeout: 60_000 + STEPS }, async () => {
    const random = randomIntegers(20_261_121)
    const reference = referenceStorage()
    const decisions = randomDecisions(random, T, (name) => `random ${name}`)
    for (let done = 0; done < STEPS;) {
      // Several at once share a call, whose decisions see what those before them have written.
      const together = Array.from({ length: 1 + random(60) }, () => decisions.next().value as RandomDecision)
      const answers = await Promise.all(together.map(({ entries, options }) => storage.evaluate(entries, options)))
      for (const [i, decision] of together.entries()) {
        const expected = await reference.evaluate(decision.entries, decision.options)
        if (!equalResults(answers[i], expected))
          expect({ decision, result: answers[i] }).toEqual({ decision, result: expected })
      }
      done += together.length
    }
  })

  test.each(STRATEGY_NAMES)(
    'gives every key of %s a time to live: until its state means nothing, and a minute more',
    async (strategy) => {
      const hour = entry(`ttl ${strategy}`, '5/hour', { strategy })
      const { now, verdicts } = await storage.evaluate([hour])
      const ttl = await redis.pttl(hour.key)
      const life =
        { 'sliding-window-counter': 7_200_000, 'token-bucket': verdicts[0]!.resetAt - now }[strategy as string] ??
        3_600_000
      expect(ttl).toBeLessThanOrEqual(life + 60_000)
      expect(ttl).toBeGreaterThan(life + 58_000)
    },
  )

  test('keeps the time to live of a window that is open, and renews it for the next one', async () => {
    const minute = entry('ttl open', '5/minute')
    await storage.evaluate([minute], { now: T })
    await redis.pexpire(minute.key, 50_000)
    await storage.evaluate([minute], { now: T + 30_000 })
    expect(await redis.pttl(minute.key)).toBeLessThanOrEqual(50_000)
    await storage.evaluate([minute], { now: T + 60_000 })
    expect(await redis.pttl(minute.key)).toBeGreaterThan(118_000)
  })

  test('takes one instant from the server for everything that is decided in one call', async () => {
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, i) => storage.evaluate([entry(`now ${i}`, '5/minute')])),
    )
    expect(new Set(results.map(({ now }) => now)).size).toBe(1)
    const [seconds] = await redis.time()
    expect(Math.abs(results[0]!.now - Number(seconds) * 1000)).toBeLessThan(5000)
  })

  test('leaves nothing behind of a decision that is refused', async () => {
    await storage.evaluate([entry('full', '1/minute')], { now: T })
    const others = ['fixed', 'moving'].map((name) =>
      entry(`unspent ${name}`, '5/minute', { strategy: name === 'moving' ? 'moving-window' : 'fixed-window' }),
    )
    expect((await storage.evaluate([...others, entry('full', '1/minute')], { now: T })).allowed).toBe(false)
    expect(await redis.exists(...others.map(({ key }) => key))).toBe(0)
  })

  test.each(['fixed-window', 'moving-window', 'sliding-window-counter'] as const)(
    'finds what is no state of %s, and decides the others all the same',
    async (strategy) => {
      const foreign = entry(`foreign ${strategy}`, '5/minute', { strategy })
      await redis.set(foreign.key, 'something else')
      const beside = entry(`beside ${strategy}`, '5/minute')
      const [first, both, other] = await Promise.allSettled([
        storage.evaluate([foreign], { now: T }),
        storage.evaluate([beside, foreign], { now: T }),
        storage.evaluate([beside], { now: T }),
      ])
      const expected = {
        code: 'ERR_STORAGE_STATE',
        message: `the key "${foreign.key}" holds something that this library did not write`,
      }
      expect(first).toMatchObject({ status: 'rejected', reason: expected })
      expect(both).toMatchObject({ status: 'rejected', reason: expected })
      expect(other).toMatchObject({ status: 'fulfilled', value: { verdicts: [{ remaining: 4 }] } })
      expect(await redis.get(foreign.key)).toBe('something else')
    },
  )

  test('finds a moving window whose key is of another type', async () => {
    await redis.lpush('list', 'x')
    await expect(storage.evaluate([entry('list', '5/minute', { strategy: 'moving-window' })])).rejects.toMatchObject({
      code: 'ERR_STORAGE_STATE',
    })
  })

  describe('of a moving window', () => {
    const log = entry('log', '1000 per second', { strategy: 'moving-window' })

    test('the string holds one record for each instant, and one more', async () => {
      for (const at of [0, 0, 1, 5]) await storage.evaluate([log], { now: T + at })
      expect(await redis.strlen(log.key)).toBe(4 * RECORD_BYTES)
    })

    test('the string is at most about twice as long as what counts', async () => {
      let longest = 0
      for (let at = 6; at < 5000; at += 5) {
        await storage.evaluate([log], { now: T + at })
        longest = Math.max(longest, await redis.strlen(log.key))
      }
      expect(longest / RECORD_BYTES).toBeGreaterThan(300)
      expect(longest / RECORD_BYTES).toBeLessThanOrEqual(2 * 200 + 3)
    })

    test('a hit costs the server the same few commands, however large the limit is', async () => {
      const commandsOfAHit = async (amount: number): Promise<number> => {
        const large = entry(`log of ${amount}`, `${amount} per day`, { strategy: 'moving-window' })
        const fill = Array.from({ length: amount - 1 }, (_, at) => storage.evaluate([large], { now: T + at }))
        await Promise.all(fill)
        await redis.config('RESETSTAT')
        await storage.evaluate([large], { now: T + amount })
        const stats = await redis.info('commandstats')
        return [...stats.matchAll(/calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0)
      }
      expect(await commandsOfAHit(20_000)).toBe(await commandsOfAHit(20))
    })
  })
})

function equalResults(a: unknown, b: unknown): boolean {
  return JSON.stringify(a, canonical) === JSON.stringify(b, canonical)
}

/** Properties in a fixed order, and what is undefined visibly so. */
function canonical(_: string, value: unknown): unknown {
  if (value === undefined) return 'undefined'
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
