import { Logger } from '@valkey/valkey-glide'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { openStorage } from '../../src/storage/uri.ts'
import { holdToKernel, STEPS } from '../storage/redis/hold-to-kernel.ts'
import { shareCluster, type SharedServer, shareServer, whyWithoutShared } from './shared-servers.ts'

// It prints whatever it meets.
Logger.setLoggerConfig('off')

const KINDS = [
  { what: 'valkey-server', share: () => shareServer('valkey-server'), clients: 1 },
  { what: 'cluster', share: shareCluster, clients: 12 },
] as const

describe.each(KINDS)('on a $what', ({ what, share, clients }) => {
  const missing = whyWithoutShared(what)
  describe.skipIf(missing !== undefined)(missing ?? 'the script', () => {
    let server: SharedServer
    beforeAll(async () => {
      server = await share()
    })
    afterAll(() => server.stop())

    test.each([
      ['ioredis', 1],
      ['redis', 2],
      ['iovalkey', 3],
      ['@valkey/valkey-glide', 4],
    ] as const)(
      `decides ${STEPS} random decisions as the kernel does, through %s`,
      { timeout: 60_000 + STEPS },
      async (client, seed) => {
        const storage = openStorage(server.uri, { client })
        await holdToKernel(storage, seed, clients)
        await storage.close()
      },
    )
  })
})
