import { describe, expect, test } from 'vitest'
import { ConfigurationError } from '../../../src/errors.ts'
import { parseLimit } from '../../../src/limit/parse-limits.ts'
import type { Command } from '../../../src/storage/redis/connection.ts'
import { RedisStorage } from '../../../src/storage/redis/redis-storage.ts'
import type { Route } from '../../../src/storage/redis/route.ts'
import type { Entry } from '../../../src/storage/storage.ts'

const T = 1_800_000_000_000

function entry(key: string): Entry {
  return { key, limit: parseLimit('5/minute'), strategy: 'fixed-window', cost: 1, role: 'limit' }
}

/** A route to nowhere: it keeps what is sent in each write, and answers as it is told. */
function routeThat(answer: (command: Command) => unknown): Route & { readonly writes: Command[][] } {
  const writes: Command[][] = []
  return {
    writes,
    atomicity: 'batch',
    connections: 0,
    spell: (key) => key,
    slotOf: () => 0,
    send(routed) {
      const commands = routed.map(({ command }) => command)
      writes.push(commands)
      return commands.map(async (command) => answer(command))
    },
    masters: () => [],
    patternOf: (prefix) => prefix,
    renew() {},
    close() {},
  }
}

/** How many keys the calls of each write name. */
function keyCounts({ writes }: { readonly writes: Command[][] }): number[][] {
  return writes.map((commands) => commands.map((command) => Number(command[2])))
}

/** What the script answers to decisions of one entry each that all pass: the payload has five numbers for a form, and three more for each decision. */
function allowed(command: Command): unknown {
  const [, , ...decisions] = JSON.parse(command.at(-1)!) as unknown[]
  return JSON.stringify([T, ...Array.from({ length: decisions.length / 3 }, () => [1, 4, 60_000, 0]).flat()])
}

function failing(message: string): () => never {
  return () => {
    throw new Error(message)
  }
}

describe('decisions', () => {
  test('of one turn of the event loop share one call, and each gets its own answer', async () => {
    const route = routeThat(allowed)
    const storage = new RedisStorage('redis', route)
    const early = storage.evaluate([entry('a')])
    const late = Promise.resolve().then(() => storage.evaluate([entry('b')], { now: T + 5 }))
    expect((await early).now).toBe(T)
    expect(await late).toEqual({
      allowed: true,
      now: T + 5,
      verdicts: [{ allowed: true, remaining: 4, resetAt: T + 60_005, retryAt: T + 5 }],
    })
    expect(route.writes).toHaveLength(1)
    expect(route.writes[0]).toEqual([
      ['EVALSHA', expect.stringMatching(/^[0-9a-f]{40}$/), '2', 'a', 'b', expect.any(String)],
    ])
  })

  test('of the next turn take another call', async () => {
    const route = routeThat(allowed)
    const storage = new RedisStorage('redis', route)
    await storage.evaluate([entry('a')])
    await storage.evaluate([entry('a')])
    expect(route.writes).toHaveLength(2)
  })

  test('that are many take several calls of at most 128 entries, one in a turn', async () => {
    const route = routeThat(allowed)
    const storage = new RedisStorage('redis', route)
    await Promise.all(Array.from({ length: 300 }, (_, i) => storage.evaluate([entry(`${i}`)])))
    expect(keyCounts(route)).toEqual([[128], [128], [44]])
  })

  test('are asked in two halves where a turn with many follows on the answers of another one', async () => {
    const route = routeThat(allowed)
    const storage = new RedisStorage('redis', route)
    const ask = (count: number) =>
      Promise.all(Array.from({ length: count }, (_, i) => storage.evaluate([entry(`${i}`)])))
    await ask(64)
    await ask(64)
    await ask(15)
    await ask(64)
    expect(keyCounts(route)).toEqual([[64], [32], [32], [15], [64]])
  })

  test('are not halved in a cluster', async () => {
    const route = { ...routeThat(allowed), atomicity: 'key' as const }
    const storage = new RedisStorage('redis', route)
    for (let turn = 0; turn < 2; turn++)
      await Promise.all(Array.from({ length: 64 }, (_, i) => storage.evaluate([entry(`${i}`)])))
    expect(keyCounts(route)).toEqual([[64], [64]])
  })

  test('are asked in one call while another one is not answered', async () => {
    let answerAll = (): void => {}
    const all = new Promise<void>((resolve) => (answerAll = resolve))
    const route = routeThat(async (command) => {
      await all
      return allowed(command)
    })
    const storage = new RedisStorage('redis', route)
    const asked: Promise<unknown>[] = []
    for (let turn = 0; turn < 3; turn++) {
      for (let i = 0; i < 64; i++) asked.push(storage.evaluate([entry(`${i}`)]))
      await new Promise(setImmediate)
    }
    expect(keyCounts(route)).toEqual([[64], [64], [64]])
    answerAll()
    await Promise.all(asked)
  })

  test('of several slots take a call each, in one write', async () => {
    const route = { ...routeThat(allowed), slotOf: (key: string) => Number(key) % 3 }
    const storage = new RedisStorage('redis', route)
    await Promise.all(Array.from({ length: 7 }, (_, i) => storage.evaluate([entry(`${i}`)])))
    expect(keyCounts(route)).toEqual([[3, 2, 2]])
  })

  test('name a key once, however many of them ask for it', async () => {
    const route = routeThat(allowed)
    const storage = new RedisStorage('redis', route)
    await Promise.all(Array.from({ length: 50 }, () => storage.evaluate([entry('hot')])))
    expect(route.writes[0]!.map((command) => command.slice(2, 4))).toEqual([['1', 'hot']])
  })

  test('at an instant that cannot be counted are a configuration error', () => {
    const storage = new RedisStorage('redis', routeThat(allowed))
    for (const now of [-1, 0.5, Number.NaN, 2 ** 48])
      expect(() => storage.evaluate([entry('a')], { now })).toThrow(ConfigurationError)
  })
})

describe('a call that fails', () => {
  test('is made again with the whole script where the server does not know it, and only once', async () => {
    const route = routeThat(failing('NOSCRIPT No matching script. Please use EVAL.'))
    await expect(new RedisStorage('redis', route).evaluate([entry('a')])).rejects.toThrow('NOSCRIPT')
    expect(route.writes.map(([command]) => command![0])).toEqual(['EVALSHA', 'EVAL'])
  })

  test.each([
    'Connection is closed.',
    'OOM command not allowed',
    'TRYAGAIN Multiple keys request',
    'read ECONNRESET',
    'LOADING Redis is loading',
  ])('with %s is not made again, and every decision in it fails', async (message) => {
    const route = routeThat(failing(message))
    const storage = new RedisStorage('redis', route)
    const answers = await Promise.allSettled([storage.evaluate([entry('a')]), storage.evaluate([entry('b')])])
    expect(answers).toEqual([
      { status: 'rejected', reason: new Error(message) },
      { status: 'rejected', reason: new Error(message) },
    ])
    expect(route.writes).toHaveLength(1)
  })

  test.each([
    ['WRONGPASS invalid username-password pair or user is disabled.', 'the user or the password is wrong'],
    ['ERR invalid password', 'the user or the password is wrong'],
    ['NOAUTH Authentication required.', 'it wants a password'],
    ["NOPERM User app has no permissions to run the 'evalsha' command", 'this user may not do what a limiter needs'],
    [
      "CROSSSLOT Keys in request don't hash to the same slot",
      'it belongs to a cluster: write redis+cluster:// instead of redis://',
    ],
    ['MOVED 1234 10.0.0.1:6379', 'it belongs to a cluster: write redis+cluster:// instead of redis://'],
    ['ERR This instance has cluster support disabled', 'it is no cluster: write redis:// instead of redis+cluster://'],
    ['ERR DB index is out of range', 'it does not have this database'],
    ["ERR unknown command 'EVALSHA', with args beginning with:", 'it refuses the script'],
    ['ERR Error compiling script (new function): user_script:1: …', 'it refuses the script'],
    ['ERR Script attempted to access a non local key in a cluster node', 'it refuses the script'],
  ])('with "%s" is a configuration error', async (message, advice) => {
    const storage = new RedisStorage('redis://cache', routeThat(failing(message)))
    const error = await storage.evaluate([entry('a')]).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ConfigurationError)
    expect((error as Error).message).toMatch(`redis://cache cannot be used as storage: ${advice}`)
    expect((error as Error).message).toContain(message)
  })

  test.each([[null], ['OK'], ['{}'], [{}]])('by answering %j is an error', async (answer) => {
    await expect(
      new RedisStorage(
        'redis',
        routeThat(() => answer),
      ).evaluate([entry('a')]),
    ).rejects.toThrow(/instead of a list|JSON/)
  })

  test('before anything could be sent fails every decision', async () => {
    const route = { ...routeThat(allowed), send: failing('nowhere to send it') }
    await expect(new RedisStorage('redis', route).evaluate([entry('a')])).rejects.toThrow('nowhere to send it')
  })
})
