import { test } from 'vitest'
import { openStorage } from '../../../src/storage/uri.ts'
import { storageContract } from '../../../src/testing/index.ts'
import { describeWith } from '../../servers/describe-with.ts'

// The other client libraries, and Valkey, have their turn in test/servers.
for (const client of ['ioredis', 'redis']) {
  describeWith('redis-server', `through ${client} the storage keeps the contract`, (server) => {
    for (const { name, run } of storageContract({ open: () => openStorage(server().uri, { client }) })) test(name, run)
  })
}
