import type { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseLimit } from '../../../src/limit/parse-limits.ts'
import { RECORD_BYTES } from '../../../src/storage/redis/script/moving-window.ts'
import type { Entry, Storage } from '../../../src/storage/storage.ts'
import { openStorage } from '../../../src/storage/uri.ts'
import { STRATEGY_NAMES } from '../../../src/strategy/strategies.ts'
import { describeWith } from '../../servers/describe-with.ts'

const T = 1_800_000_000_000

function entry(key: string, notation: string, other: Partial<Entry> = {}): Entry {
  return { key, limit: parseLimit(notation), strategy: 'fixed-window', cost: 1, role: 'limit', ...other }
}

for (const client of ['ioredis', 'redis']) {
  describeWith('redis-server', `the script, through ${client},`, (server) => {
    let redis: Redis
    let storage: Storage
    beforeAll(() => {
      redis = server().admins[0]!
      storage = openStorage(server().uri, { client })
    })
    afterAll(() => storage.close())

    test.each(STRATEGY_NAMES)(
      'gives every key of %s a time to live: until its state means nothing, and a minute more',
      async (strategy) => {
        const hour = entry(`ttl ${strategy}`, '5/hour', { strategy })
        const began = performance.now()
        const { now, verdicts } = await storage.evaluate([hour])
        const ttl = await redis.pttl(hour.key)
        const elapsed = performance.now() - began
        const life =
          { 'sliding-window-counter': 7_200_000, 'token-bucket': verdicts[0]!.resetAt - now }[strategy as string] ??
          3_600_000
        expect(ttl).toBeLessThanOrEqual(life + 60_000)
        expect(ttl).toBeGreaterThan(life + 60_000 - elapsed - 2)
      },
    )

    test('keeps the time to live of a window that is open, and renews it for the next one', async () => {
      const minute = entry('ttl open', '5/minute')
      await storage.evaluate([minute], { now: T })
      await redis.pexpire(minute.key, 50_000)
      await storage.evaluate([minute], { now: T + 30_000 })
      expect(await redis.pttl(minute.key)).toBeLessThanOrEqual(50_000)
      await storage.evaluate([minute], { now: T + 60_000 })
      expect(await redis.pttl(minute.key)).toBeGreaterThan(60_000)
    })

    test('takes one instant from the server for everything that is decided in one call', async () => {
      const time = async (): Promise<number> => {
        const [seconds, microseconds] = await redis.time()
        return Number(seconds) * 1000 + Number(microseconds) / 1000
      }
      const before = await time()
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, i) => storage.evaluate([entry(`now ${i}`, '5/minute')])),
      )
      expect(new Set(results.map(({ now }) => now)).size).toBe(1)
      expect(results[0]!.now).toBeGreaterThanOrEqual(Math.floor(before))
      expect(results[0]!.now).toBeLessThanOrEqual(await time())
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
}
