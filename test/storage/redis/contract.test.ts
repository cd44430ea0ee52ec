import { afterAll, beforeAll, describe, test } from 'vitest'
import { openStorage } from '../../../src/storage/uri.ts'
import { storageContract } from '../../../src/testing/index.ts'
import { type RedisServer, startServer, whyWithout } from '../../servers/redis-server.ts'

// The other client libraries, and Valkey, have their turn in test/servers.
const missing = whyWithout('redis-server')
describe.skipIf(missing !== undefined).each(['ioredis', 'redis'] as const)(
  missing ?? 'through %s the storage keeps the contract',
  (client) => {
    let server: RedisServer
    beforeAll(async () => {
      server = await startServer()
    })
    afterAll(() => server.stop())

    for (const { name, run } of storageContract({ open: () => openStorage(server.uri, { client }) })) test(name, run)
  },
)
