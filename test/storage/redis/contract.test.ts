import { afterAll, beforeAll, describe, test } from 'vitest'
import { openStorage } from '../../../src/storage/uri.ts'
import { storageContract } from '../../../src/testing/index.ts'
import { shareServer, type SharedServer, whyWithoutShared } from '../../servers/shared-servers.ts'

// The other client libraries, and Valkey, have their turn in test/servers.
const missing = whyWithoutShared('redis-server')
describe.skipIf(missing !== undefined).each(['ioredis', 'redis'] as const)(
  missing ?? 'through %s the storage keeps the contract',
  (client) => {
    let server: SharedServer
    beforeAll(async () => {
      server = await shareServer()
    })
    afterAll(() => server.stop())

    for (const { name, run } of storageContract({ open: () => openStorage(server.uri, { client }) })) test(name, run)
  },
)
