import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { expect, test } from 'vitest'
import { parseLimit } from '../../../src/limit/parse-limits.ts'
import type { Entry } from '../../../src/storage/storage.ts'
import { openStorage } from '../../../src/storage/uri.ts'
import { ROOT } from '../../repository.ts'
import { describeWithOwn } from '../../servers/describe-with.ts'
import { startServer } from '../../servers/redis-server.ts'

const ENTRY: Entry = { key: 'a', limit: parseLimit('5/hour'), strategy: 'fixed-window', cost: 1, role: 'limit' }

/** How many connections a server has, beside the one that asks. */
async function connectionsOf({ port }: { readonly port: number }): Promise<number> {
  const control = new Redis(port)
  const list = (await control.client('LIST')) as string
  control.disconnect()
  return list.trim().split('\n').length - 1
}

describeWithOwn('redis-server', 'closing a storage', () => {
  test.each(['ioredis', 'redis'])('ends the connection of %s, and what was never used has none', async (client) => {
    const server = await startServer()
    try {
      const storage = openStorage(server.uri, { client })
      const unused = openStorage(server.uri, { client })
      await storage.ping()
      expect(await connectionsOf(server)).toBe(1)
      await storage.close()
      await unused.close()
      await expect.poll(() => connectionsOf(server), { timeout: 10_000 }).toBe(0)
    } finally {
      await server.stop()
    }
  })

  test.each(['ioredis', 'redis'])(
    'gives up what is still on its way to %s, and connects no more for it',
    async (client) => {
      const server = await startServer()
      try {
        const storage = openStorage(server.uri, { client })
        const decided = expect(storage.evaluate([ENTRY])).rejects.toMatchObject({
          code: 'ERR_STORAGE_UNAVAILABLE',
          message: `${storage.name} was closed`,
        })
        await storage.close()
        await decided
        await expect(storage.ping()).rejects.toThrow(`${storage.name} was closed`)
        expect(await connectionsOf(server)).toBe(0)
      } finally {
        await server.stop()
      }
    },
  )

  test.each(['ioredis', 'redis', 'iovalkey'])('lets a process end that %s has kept up', async (client) => {
    const server = await startServer()
    const program = `
      import { openStorage } from './src/storage/uri.ts'
      const storage = openStorage('${server.uri}', { client: '${client}' })
      await storage.ping()
      console.log(process.getActiveResourcesInfo().includes('TCPSocketWrap'))
      await storage.close()`
    const args = ['--import', join(ROOT, 'scripts/typescript.mjs'), '--input-type=module', '--eval', program]
    try {
      const { status, stdout } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8', timeout: 30_000 })
      expect([stdout, status]).toEqual(['true\n', 0])
    } finally {
      await server.stop()
    }
  })
})
