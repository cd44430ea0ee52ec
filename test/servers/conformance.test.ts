import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROOT } from '../repository.ts'
import { type RedisCluster, startCluster } from './redis-cluster.ts'
import { type RedisServer, startServer, whyWithout } from './redis-server.ts'

/** Replays the whole corpus on a storage; answers the last line of the report. */
async function replay(uri: string, client: string): Promise<string> {
  const args = ['run', '--silent', 'conformance', '--', '--storage', uri, '--client', client]
  const { stdout } = await promisify(execFile)('npm', args, { cwd: ROOT, maxBuffer: 2 ** 26 })
  return stdout.trim().split('\n').at(-1)!
}

const ALL_PASSED = /^[1-9]\d{3,} passed, 0 failed/

const missing = whyWithout('redis-server')
describe.skipIf(missing !== undefined)(missing ?? 'what was recorded of Flask-Limiter is replayed', () => {
  let server: RedisServer
  let cluster: RedisCluster
  beforeAll(async () => {
    server = await startServer()
    cluster = await startCluster()
  })
  afterAll(async () => {
    await server.stop()
    await cluster.stop()
  })

  test.each(['ioredis', 'redis', 'iovalkey', '@valkey/valkey-glide'])(
    'on a single server through %s',
    { timeout: 300_000 },
    async (client) => {
      expect(await replay(server.uri, client)).toMatch(ALL_PASSED)
    },
  )

  // A decision of several client keys is made in parts there; which cases differ by it has not been worked out yet.
  test.skip.each(['ioredis', 'redis'])(
    'on a cluster through %s: some cases differ, and it is not worked out which may',
    { timeout: 300_000 },
    async (client) => {
      expect(await replay(cluster.uri, client)).toMatch(ALL_PASSED)
    },
  )
})
