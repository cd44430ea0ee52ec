import { describe, expect, test } from 'vitest'
import { parseLimit } from '../../src/limit/parse-limits.ts'
import type { Entry } from '../../src/storage/storage.ts'
import { openStorage } from '../../src/storage/uri.ts'
import { storageContract } from '../../src/testing/index.ts'
import { describeWith, whyWithout } from './describe-with.ts'
import { until } from './redis-cluster.ts'
import { startSentinels } from './redis-sentinel.ts'

const ENTRY: Entry = { key: 'a', limit: parseLimit('100/hour'), strategy: 'fixed-window', cost: 1, role: 'limit' }

for (const client of ['ioredis', 'redis']) {
  describeWith('redis-sentinel', `behind Sentinels, through ${client}`, (watched) => {
    const open = (uri = watched().uri) => openStorage(uri, { client })

    describe('the storage keeps the contract', () => {
      for (const { name, run } of storageContract({ open })) test(name, run)
    })

    test('a master that no Sentinel knows is a configuration error', async () => {
      const storage = open(watched().uri.replace(/\/[^/?]*($|\?)/, '/others$1'))
      await expect(storage.evaluate([ENTRY])).rejects.toMatchObject({
        code: 'ERR_CONFIG',
        message: expect.stringContaining('the Sentinels know no master named "others"') as string,
      })
    })

    test('the master is found though some Sentinels are away', async () => {
      const storage = open(watched().uri.replace(/^[^:]+:\/\/([^/]*@)?/, (beginning) => `${beginning}127.0.0.1:1,`))
      await storage.ping()
      await storage.close()
    })
  })
}

const cannotHarm = whyWithout('redis-sentinel')
test.for(['ioredis', 'redis'])(
  'the new master is used after the old one was killed, by the next ping, through %s',
  async (client, { skip }) => {
    skip(cannotHarm !== undefined, cannotHarm)
    const watched = await startSentinels()
    const storage = openStorage(watched.uri, { client })
    await storage.evaluate([ENTRY])
    const before = await watched.masterPort()
    await watched.master.kill()
    await expect(storage.evaluate([ENTRY])).rejects.toThrow()
    await until(async () => (await watched.masterPort()) !== before)
    // The Sentinels name the new master before it takes writes.
    await until(async () =>
      Promise.resolve(storage.ping()).then(
        () => true,
        () => false,
      ),
    )
    expect((await storage.evaluate([ENTRY])).allowed).toBe(true)
    await storage.close()
    await watched.stop()
  },
)
