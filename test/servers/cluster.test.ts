import { GlideClusterClient, Logger } from '@valkey/valkey-glide'
import { Cluster } from 'ioredis'
import { Cluster as ValkeyCluster } from 'iovalkey'
import { createCluster } from 'redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseLimit } from '../../src/limit/parse-limits.ts'
import { slotOfKey, taggedKey } from '../../src/storage/redis/cluster-keys.ts'
import type { RedisClient } from '../../src/storage/redis/redis-client.ts'
import type { Entry } from '../../src/storage/storage.ts'
import { openStorage } from '../../src/storage/uri.ts'
import { storageContract } from '../../src/testing/index.ts'
import { describeWith } from './describe-with.ts'
import { glideOptionsOf, optionsOf } from './shared-servers.ts'

// It prints whatever it meets, and one of the nodes to begin with is a replica, which it does not take.
Logger.setLoggerConfig('off')

const keyOf = (client: string, name = 'a'): string => `sluice|${name}|endpoint|GET /|||5/1/hour|${client}`

function entry(key: string, other: Partial<Entry> = {}): Entry {
  return { key, limit: parseLimit('5/hour'), strategy: 'fixed-window', cost: 1, role: 'limit', ...other }
}

describeWith('cluster', 'a cluster', (cluster) => {
  describe.each(['ioredis', 'redis', 'iovalkey', '@valkey/valkey-glide'] as const)(
    'by its address, through %s',
    (client) => {
      const open = () => openStorage(cluster().uri, { client })

      describe('keeps the contract', () => {
        for (const { name, run } of storageContract({ open })) test(name, run)
      })

      test('counts each client on the node of its slot', async () => {
        const storage = open()
        const clients = Array.from({ length: 200 }, (_, i) => `10.0.0.${i}`)
        const results = await Promise.all(clients.map((name) => storage.evaluate([entry(keyOf(name, client))])))
        expect(results.map(({ verdicts }) => verdicts[0]!.remaining)).toEqual(clients.map(() => 4))
        const sizes = await Promise.all(cluster().admins.map((admin) => admin.dbsize()))
        for (const size of sizes) expect(size).toBeGreaterThan(100 / sizes.length)
        expect(await storage.reset(`sluice|${client}|`)).toBe(200)
        await storage.close()
      })
    },
  )

  test('puts every key where the server says', async () => {
    const [admin] = cluster().admins
    for (const client of ['127.0.0.1', '', 'ü', '{x}', 'a|b']) {
      expect(slotOfKey(keyOf(client))).toBe(await admin!.call('CLUSTER', 'KEYSLOT', taggedKey(keyOf(client))))
    }
  })

  function secrets(): { username?: string; password?: string } {
    const { username, password } = optionsOf(cluster().at)
    return { ...(username !== undefined && { username }), ...(password !== undefined && { password }) }
  }

  const adopted: Readonly<Record<string, () => Promise<{ client: RedisClient; end: () => unknown }>>> = {
    async ioredis() {
      const client = new Cluster([...cluster().at.addresses], { redisOptions: secrets() })
      return { client, end: () => client.disconnect() }
    },
    async 'ioredis with a key prefix'() {
      const client = new Cluster([...cluster().at.addresses], { keyPrefix: 'app:', redisOptions: secrets() })
      return { client, end: () => client.disconnect() }
    },
    async 'node-redis'() {
      const client = createCluster({
        rootNodes: cluster().at.addresses.map((socket) => ({ socket })),
        defaults: secrets(),
      })
      await client.connect()
      return { client, end: () => client.destroy() }
    },
    async iovalkey() {
      const client = new ValkeyCluster([...cluster().at.addresses], { redisOptions: secrets() })
      return { client, end: () => client.disconnect() }
    },
    async 'valkey-glide'() {
      const client = await GlideClusterClient.createClient({ ...glideOptionsOf(cluster().at), databaseId: 0 })
      return { client, end: () => client.close() }
    },
  }

  describe.each(Object.keys(adopted))('through a client of the app’s: %s', (name) => {
    let opened: Awaited<ReturnType<(typeof adopted)[string]>>
    beforeAll(async () => {
      opened = await adopted[name]!()
    })
    afterAll(() => opened.end())

    describe('keeps the contract', () => {
      for (const { name: law, run } of storageContract({ open: () => openStorage(opened.client) })) test(law, run)
    })

    test('forgets and resets on every node', async () => {
      const storage = openStorage(opened.client)
      const keys = Array.from({ length: 100 }, (_, i) => keyOf(`10.0.1.${i}`, 'adopted'))
      await Promise.all(keys.map((key) => storage.evaluate([entry(key)])))
      await storage.forget(keys.slice(0, 10))
      expect(await storage.reset('sluice|adopted|')).toBe(90)
    })
  })

  test.each(['ioredis', 'redis'] as const)(
    'admits exactly the amount where a decision has several clients, through %s',
    async (client) => {
      const storages = [openStorage(cluster().uri, { client }), openStorage(cluster().uri, { client })]
      const entries = ['a', 'b', 'c'].map((name, i) =>
        entry(keyOf(name, `shared ${client}`), { limit: parseLimit(`${[300, 100, 200][i]} per year`) }),
      )
      const decisions = Array.from({ length: 15 }, () => storages).flat()
      const results = []
      for (const storage of decisions)
        results.push(...(await Promise.all(Array.from({ length: 20 }, () => storage.evaluate(entries)))))
      expect(results.filter(({ allowed }) => allowed)).toHaveLength(100)
      // Through the one that decided last: on its connections what was given back last comes before them.
      const peeks = entries.map((each) => storages[1]!.evaluate([{ ...each, role: 'peek', cost: 0 }]))
      expect((await Promise.all(peeks)).map(({ verdicts }) => verdicts[0]!.remaining)).toEqual([200, 0, 100])
      await Promise.all(storages.map((storage) => storage.close()))
    },
  )

  test.each(['ioredis', 'redis'] as const)('is told from a single server, through %s', async (client) => {
    const storage = openStorage(cluster().uri.replace(/\+cluster(.*?),.*/, '$1'), { client })
    const moved = Promise.all(Array.from({ length: 30 }, (_, i) => storage.evaluate([entry(`${i}`)])))
    await expect(moved).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      message: expect.stringContaining('redis+cluster://') as string,
    })
    await storage.close()
  })
})
