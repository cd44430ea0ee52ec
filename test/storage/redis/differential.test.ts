import { test } from 'vitest'
import { openStorage } from '../../../src/storage/uri.ts'
import { describeWith } from '../../servers/describe-with.ts'
import { holdToKernel, STEPS } from './hold-to-kernel.ts'

// The other client libraries, and a cluster, have their turn in test/servers.
describeWith('redis-server', 'the script', (server) => {
  test.each([
    ['ioredis', 20_261_121],
    ['redis', 20_261_122],
  ] as const)(
    `decides ${STEPS} random decisions as the kernel does, through %s`,
    { timeout: 60_000 + STEPS },
    async (client, seed) => {
      const storage = openStorage(server().uri, { client })
      await holdToKernel(storage, seed, 1)
      await storage.close()
    },
  )
})
