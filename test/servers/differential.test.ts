import { Logger } from '@valkey/valkey-glide'
import { describe, test } from 'vitest'
import { openStorage } from '../../src/storage/uri.ts'
import { holdToKernel, STEPS } from '../storage/redis/hold-to-kernel.ts'
import { describeWith } from './describe-with.ts'

// It prints whatever it meets.
Logger.setLoggerConfig('off')

const KINDS = [
  { kind: 'valkey-server', clients: 1 },
  { kind: 'cluster', clients: 12 },
] as const

describe.each(KINDS)('on a $kind', ({ kind, clients }) => {
  describeWith(kind, 'the script', (server) => {
    test.each([
      ['ioredis', 1],
      ['redis', 2],
      ['iovalkey', 3],
      ['@valkey/valkey-glide', 4],
    ] as const)(
      `decides ${STEPS} random decisions as the kernel does, through %s`,
      { timeout: 60_000 + STEPS },
      async (client, seed) => {
        const storage = openStorage(server().uri, { client })
        await holdToKernel(storage, seed, clients)
        await storage.close()
      },
    )
  })
})
