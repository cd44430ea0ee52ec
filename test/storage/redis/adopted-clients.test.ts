import { GlideClient } from '@valkey/valkey-glide'
import { Redis } from 'ioredis'
import { Redis as Valkey } from 'iovalkey'
import { createClient, createClientPool } from 'redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseLimit } from '../../../src/limit/parse-limits.ts'
import type { RedisClient } from '../../../src/storage/redis/redis-client.ts'
import type { Entry } from '../../../src/storage/storage.ts'
import { openStorage } from '../../../src/storage/uri.ts'
import { storageContract } from '../../../src/testing/index.ts'
import { describeWith } from '../../servers/describe-with.ts'
import { glideOptionsOf, optionsOf, type SharedServer } from '../../servers/shared-servers.ts'

function entry(key: string): Entry {
  return { key, limit: parseLimit('5/hour'), strategy: 'fixed-window', cost: 1, role: 'limit' }
}

interface Opened {
  readonly client: RedisClient
  readonly ping: () => Promise<unknown>
  readonly end: () => unknown
}

async function ofIoredis({ at }: SharedServer, options = {}): Promise<Opened> {
  const client = new Redis({ ...optionsOf(at), ...options })
  return { client, ping: () => client.ping(), end: () => client.disconnect() }
}

/** How an app makes its own clients. Each is taken as it is, also by its type. */
const CLIENTS: Readonly<Record<string, (server: SharedServer) => Promise<Opened>>> = {
  ioredis: ofIoredis,
  'ioredis with a key prefix': (server) => ofIoredis(server, { keyPrefix: 'app[1]:' }),
  'ioredis that answers numbers as text': (server) => ofIoredis(server, { stringNumbers: true }),
  async 'node-redis'({ uri }) {
    const client = await createClient({ url: uri }).connect()
    return { client, ping: () => client.ping(), end: () => client.destroy() }
  },
  async 'a pool of node-redis'({ uri }) {
    const client = createClientPool({ url: uri })
    await client.connect()
    return { client, ping: () => client.ping(), end: () => client.destroy() }
  },
  async iovalkey({ at }) {
    const client = new Valkey(optionsOf(at))
    return { client, ping: () => client.ping(), end: () => client.disconnect() }
  },
  async 'valkey-glide'({ at }) {
    const client = await GlideClient.createClient(glideOptionsOf(at))
    return { client, ping: () => client.ping(), end: () => client.close() }
  },
}

for (const [name, open] of Object.entries(CLIENTS)) {
  describeWith('redis-server', `a client of the app’s: ${name}`, (server) => {
    let opened: Opened
    beforeAll(async () => {
      opened = await open(server())
    })
    afterAll(() => opened.end())

    describe('keeps the contract', () => {
      for (const { name: law, run } of storageContract({ open: () => openStorage(opened.client) })) test(law, run)
    })

    test('is not closed with the storage', async () => {
      const storage = openStorage(opened.client)
      expect(storage.name).toBe('redis')
      await storage.evaluate([entry('a')])
      await storage.close()
      expect(String(await opened.ping())).toBe('PONG')
      expect((await openStorage(opened.client).evaluate([entry('a')])).verdicts[0]!.remaining).toBe(3)
    })
  })
}

test('a client takes no storage options: it has its own', async () => {
  const client = new Redis({ lazyConnect: true })
  expect(() => openStorage(client, { db: 1 })).toThrow('a Redis client that is already made has its options')
})

/** What the script answers where a decision has no entries. */
const NOTHING_TO_DECIDE = '[-1,1]'

describe('a server that is too old', () => {
  const answering = (info: string) => ({
    sendCommand: async ([name]: string[]): Promise<unknown> =>
      name === 'INFO' ? info : expect.unreachable('it was used'),
  })

  test.each([
    ['# Server\r\nredis_version:6.0.16\r\n', 'redis is Redis 6.0.16, which is too old: use Redis 6.2 or newer'],
    ['# Server\r\nredis_version:5.0.14\r\n', 'Redis 5.0.14'],
    [
      '# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:7.0.9\r\n',
      'redis is Valkey 7.0.9, which is too old: use Valkey 7.2 or newer',
    ],
  ])('is a configuration error', async (info, message) => {
    const storage = openStorage(answering(info))
    for (let i = 0; i < 2; i++) {
      await expect(storage.evaluate([entry('a')])).rejects.toMatchObject({
        code: 'ERR_CONFIG',
        message: expect.stringContaining(message) as string,
      })
    }
  })

  test.each([
    'redis_version:6.2.0',
    'redis_version:10.0.0',
    'redis_version:7.2.4\r\nvalkey_version:7.2.0',
    'valkey_version:8.1',
    'something else',
  ])('is told from one that is not: %s', async (info) => {
    const storage = openStorage({
      sendCommand: async ([name]: string[]): Promise<unknown> =>
        name === 'INFO' ? info : name === 'PING' ? 'PONG' : NOTHING_TO_DECIDE,
    })
    await storage.ping()
  })

  test('cannot be found out by a user who may not ask', async () => {
    const storage = openStorage({
      async sendCommand([name]: string[]): Promise<unknown> {
        if (name === 'INFO') throw new Error("NOPERM this user has no permissions to run the 'info' command")
        return name === 'PING' ? 'PONG' : NOTHING_TO_DECIDE
      },
    })
    await storage.ping()
  })
})
