import type { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseLimit } from '../../../src/limit/parse-limits.ts'
import { loadLibrary } from '../../../src/storage/redis/libraries.ts'
import { Link } from '../../../src/storage/redis/link.ts'
import { RedisStorage } from '../../../src/storage/redis/redis-storage.ts'
import type { RoutedCommand } from '../../../src/storage/redis/route.ts'
import {
  type Charge,
  decodeReply,
  encodeCall,
  type PartVerdict,
  type ScriptEntry,
} from '../../../src/storage/redis/script-call.ts'
import { SCRIPT } from '../../../src/storage/redis/script/script.ts'
import { SingleRoute } from '../../../src/storage/redis/single-route.ts'
import type { BatchResult, Entry } from '../../../src/storage/storage.ts'
import { STRATEGY_NAMES } from '../../../src/strategy/strategies.ts'
import type { StrategyName } from '../../../src/strategy/strategy.ts'
import { referenceStorage } from '../../../src/testing/index.ts'
import { randomIntegers } from '../../../src/testing/storage-contract/random-integers.ts'
import { describeWith } from '../../servers/describe-with.ts'
import { endpointOf } from '../../servers/shared-servers.ts'
import { type RandomDecision, randomDecisions } from './random-decisions.ts'

const T = 1_800_000_000_000

/** One server that pretends to be a cluster: a key that ends with a number is in that slot. Slots can be made to fail. */
class SlottedRoute extends SingleRoute {
  readonly failing = new Set<number>()

  override slotOf(key: string): number {
    return Number(/\d+$/.exec(key)?.[0] ?? 0) % 3
  }

  override send(commands: readonly RoutedCommand[]): readonly Promise<unknown>[] {
    return commands.map((routed) =>
      this.failing.has(routed.slot) ? Promise.reject(new Error('the node is gone')) : super.send([routed])[0]!,
    )
  }
}

function entry(key: string, notation: string, other: Partial<Entry> = {}): Entry {
  return { key, limit: parseLimit(notation), strategy: 'fixed-window', cost: 1, role: 'limit', ...other }
}

for (const client of ['ioredis', 'redis'] as const) {
  describeWith('redis-server', `through ${client}, a decision whose keys are in several slots`, (server) => {
    let route: SlottedRoute
    let storage: RedisStorage
    beforeAll(() => {
      route = openRoute()
      storage = new RedisStorage('redis', route)
    })
    afterAll(() => storage.close())

    function openRoute(): SlottedRoute {
      const connect = loadLibrary('redis', client)
      return new SlottedRoute(new Link(async (signal) => (await connect)(endpointOf(server()), signal), 2000))
    }

    const left = async (...entries: readonly Entry[]): Promise<number[]> => {
      const peeks = entries.map((each) => storage.evaluate([{ ...each, role: 'peek', cost: 0 }], { now: T }))
      return (await Promise.all(peeks)).map(({ verdicts }) => verdicts[0]!.remaining)
    }

    test('is what the kernel decides, where nothing else happens at the same time', { timeout: 60_000 }, async () => {
      const reference = referenceStorage()
      const decisions = randomDecisions(randomIntegers(7), T, (name) => `random ${name}`, true)
      for (let i = 0; i < 3000; i++) {
        const { entries, options } = decisions.next().value as RandomDecision
        const expected = await reference.evaluate(entries, options)
        const verdicts = expected.verdicts.map((verdict) => expect.objectContaining(verdict) as unknown)
        expect({ i, ...(await storage.evaluate(entries, options)) }).toMatchObject({ i, ...expected, verdicts })
      }
    })

    test.each(STRATEGY_NAMES)(
      'admits exactly the amount of a %s limit, and gives everything else back',
      async (strategy) => {
        // The middle one is the scarcest; all are asked for by decisions that overlap.
        const entries = ['300 per year', '100 per year', '200 per year'].map((notation, slot) =>
          entry(`${strategy} ${slot}`, notation, { strategy }),
        )
        const results = []
        for (let i = 0; i < 10; i++) {
          results.push(...(await Promise.all(Array.from({ length: 40 }, () => storage.evaluate(entries, { now: T })))))
        }
        const allowed = results.filter((result) => result.allowed).length
        expect(allowed).toBe(100)
        expect(await left(...entries)).toEqual([200, 0, 100])
        expect(results.filter(({ tentative }) => tentative).length).toBeGreaterThan(0)
      },
    )

    test('is tentative where it was refused and parts had to be given back, and only there', async () => {
      const [full, free, none] = [
        entry('tentative 0', '1/year'),
        entry('tentative 1', '5/year'),
        entry('tentative 2', '0/year'),
      ]
      expect(await storage.evaluate([full, free], { now: T })).toMatchObject({ allowed: true })
      expect(await storage.evaluate([full, free], { now: T })).toMatchObject({ allowed: false, tentative: true })
      expect(await storage.evaluate([full, none], { now: T })).toMatchObject({ allowed: false, tentative: false })
    })

    test('is given back where a part fails', async () => {
      const entries = STRATEGY_NAMES.map((strategy) => entry(`failing ${strategy} 1`, '5/hour', { strategy, cost: 2 }))
      await storage.evaluate(entries, { now: T })
      route.failing.add(2)
      await expect(storage.evaluate([...entries, entry('failing 2', '5/hour')], { now: T })).rejects.toThrow(
        'the node is gone',
      )
      route.failing.clear()
      expect(await left(...entries)).toEqual(entries.map(() => 3))
    })

    test('leaves no key behind that was given back whole', async () => {
      const entries = STRATEGY_NAMES.map((strategy) => entry(`gone ${strategy} 1`, '5/hour', { strategy, cost: 2 }))
      await storage.evaluate([...entries, entry('refusing 2', '0/hour')], { now: T })
      expect(await storage.reset('gone')).toBe(0)
    })

    test('is given back before the storage is closed', async () => {
      const other = new RedisStorage('redis', openRoute())
      const entries = [entry('closing 1', '5/hour'), entry('closing 2', '0/hour')]
      expect((await other.evaluate(entries, { now: T })).allowed).toBe(false)
      await other.close()
      expect(await left(entries[0]!)).toEqual([5])
    })

    test('of late charges answers each of them', async () => {
      const settlements = [0, 1, 2].map((slot) =>
        entry(`settled ${slot}`, '2/hour', { role: 'settle', cost: 1 + slot }),
      )
      const { allowed, verdicts } = await storage.evaluate(settlements, { now: T })
      expect([allowed, ...verdicts.map((verdict) => [verdict.allowed, verdict.remaining])]).toEqual([
        true,
        [true, 1],
        [true, 0],
        [true, 0],
      ])
      expect(await left(...settlements)).toEqual([1, 0, 0])
    })
  })
}

describeWith('redis-server', 'a charge that is given back late', (server) => {
  let redis: Redis
  beforeAll(() => {
    redis = server().admins[0]!
  })

  async function ask(entries: readonly ScriptEntry[], now: number, isPart = false): Promise<BatchResult> {
    const questions = [{ entries, options: { now }, slot: 0, isPart }]
    const call = encodeCall(questions, (key) => key)
    const reply = await redis.eval(SCRIPT, call.keys.length, ...call.keys, call.text)
    return decodeReply(reply, questions, call)[0] as BatchResult
  }

  /** What remains, at its end, of 5 per 10 s of which 2 are charged at 0, others at other times, and the 2 are given back at `backAt`. */
  async function remaining(
    strategy: StrategyName,
    backAt: number,
    charges: Readonly<Record<number, number>>,
  ): Promise<number> {
    await redis.del('a')
    const limit = entry('a', '5 per 10 seconds', { strategy })
    const charge = async (cost: number, at: number): Promise<void> => void (await ask([{ ...limit, cost }], T + at))
    const costs = Object.entries(charges).map(([at, cost]) => [Number(at), cost] as const)
    for (const [at, cost] of costs) if (at < 1000) await charge(cost, at)
    const { verdicts } = await ask([{ ...limit, cost: 2 }], T + 1000, true)
    for (const [at, cost] of costs) if (at >= 1000) await charge(cost, at)
    const { expiresAt, resetAt, ifCharged } = verdicts[0] as PartVerdict
    const made = { at: T + 1000, expiresAt, resetBefore: resetAt, remainingAfter: ifCharged.remaining }
    await ask([{ ...limit, cost: 2, role: 'undo', charge: made }], T + backAt)
    return (await ask([{ ...limit, role: 'peek', cost: 0 }], T + backAt)).verdicts[0]!.remaining
  }

  test.each(STRATEGY_NAMES)('of %s leaves what others have charged before and since', async (strategy) => {
    expect(await remaining(strategy, 1000, {})).toBe(5)
    expect(await remaining(strategy, 1020, { 1010: 1 })).toBe(4)
    expect(await remaining(strategy, 1020, { 1000: 1 })).toBe(4)
    expect(await remaining(strategy, 1020, { 990: 1, 1010: 1, 1015: 1 })).toBe(2)
  })

  test.each(STRATEGY_NAMES)('of %s is not taken from what is charged once it is over', async (strategy) => {
    const later = 1000 + (strategy === 'sliding-window-counter' ? 20_000 : 10_000)
    expect(await remaining(strategy, later + 10, { [later]: 3 })).toBe(2)
  })

  test('of an elastic window puts its end back where nobody has moved it since', async () => {
    const limit = entry('a', '5 per 10 seconds', { strategy: 'fixed-window-elastic-expiry' })
    for (const [since, resetAt] of [
      [0, 10_500],
      [1, 11_500],
    ] as const) {
      await remaining('fixed-window-elastic-expiry', 2000, since === 0 ? { 500: 1 } : { 500: 1, 1500: 1 })
      expect((await ask([{ ...limit, role: 'peek', cost: 0 }], T + 2000)).verdicts[0]!.resetAt - T).toBe(resetAt)
    }
  })

  test('of an elastic window is taken from the count also where others of the same millisecond are', async () => {
    const limit = entry('a', '5 per 10 seconds', { strategy: 'fixed-window-elastic-expiry' })
    await redis.del('a')
    await ask([limit], T)
    const charges: Charge[] = []
    for (let i = 0; i < 2; i++) {
      const { expiresAt, resetAt, ifCharged } = (await ask([limit], T + 1000, true)).verdicts[0] as PartVerdict
      charges.push({ at: T + 1000, expiresAt, resetBefore: resetAt, remainingAfter: ifCharged.remaining })
    }
    for (const charge of charges) await ask([{ ...limit, role: 'undo', charge }], T + 1005)
    // Its end stays: as far as anybody can tell, somebody else has moved it.
    const { remaining: rest, resetAt } = (await ask([{ ...limit, role: 'peek', cost: 0 }], T + 1005)).verdicts[0]!
    expect([rest, resetAt]).toEqual([4, T + 11_000])
  })

  test('of a bucket leaves as much as if it had never been, where something else was in it', async () => {
    const limit = entry('a', '5 per 10 seconds', { strategy: 'token-bucket' })
    await redis.del('a')
    await ask([{ ...limit, cost: 3 }], T)
    const { expiresAt, resetAt, ifCharged } = (await ask([limit], T, true)).verdicts[0] as PartVerdict
    const charge = { at: T, expiresAt, resetBefore: resetAt, remainingAfter: ifCharged.remaining }
    await ask([{ ...limit, role: 'undo', charge }], T + 10)
    expect((await ask([{ ...limit, role: 'peek', cost: 0 }], T + 10)).verdicts[0]).toMatchObject({
      remaining: 2,
      resetAt: T + 2000,
    })
  })

  test('of a bucket gives back what has not leaked meanwhile', async () => {
    // One leaks in 2 s, so that after 3 s half of the first token of the two is left to be given back.
    expect(await remaining('token-bucket', 4000, { 1000: 2 })).toBe(3)
  })

  test('of a sliding window is found where the window has become the previous one', async () => {
    expect(await remaining('sliding-window-counter', 12_000, { 11_500: 1 })).toBe(4)
  })

  test('does nothing where there is no state any more', async () => {
    for (const strategy of STRATEGY_NAMES) {
      const limit = entry('nothing', '5/second', { strategy, cost: 1 })
      const charge = { at: T, expiresAt: T + 1000, resetBefore: T, remainingAfter: 4 }
      await ask([{ ...limit, role: 'undo', charge }], T)
      expect(await redis.exists('nothing')).toBe(0)
    }
  })

  test('is told from a key that holds something else', async () => {
    await redis.set('foreign', 'x')
    const charge = { at: T, expiresAt: T + 1000, resetBefore: T, remainingAfter: 4 }
    const undo = { ...entry('foreign', '5/second'), role: 'undo', charge } as const
    expect(await ask([undo, { ...undo, key: 'other' }], T)).toMatchObject({ code: 'ERR_STORAGE_STATE' })
  })
})
