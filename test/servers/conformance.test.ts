import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { ROOT } from '../repository.ts'
import { describeWith } from './describe-with.ts'

/** Replays the corpus on a storage; answers what failed, and the last line of the report. */
async function replay(...options: string[]): Promise<{ failed: string[]; tally: string }> {
  const args = ['run', '--silent', 'conformance', '--', ...options]
  const { stdout } = await promisify(execFile)('npm', args, { cwd: ROOT, maxBuffer: 2 ** 26 }).catch(
    // Cases that fail are in the report.
    (error: { stdout: string }) => error,
  )
  const lines = stdout.trim().split('\n')
  return { failed: lines.filter((line) => line.startsWith('FAIL')), tally: lines.at(-1)! }
}

// Frameworks differ in how they wait, not in what they wait for: each has its turn once, and elsewhere the least of them.
const ONE_FRAMEWORK = ['--adapter', 'http']
const PASSED = { failed: [], tally: expect.stringMatching(/^\d{3,} passed, 0 failed/) as string }

describeWith('redis-server', 'what was recorded of Flask-Limiter is replayed', (server) => {
  test('on a single server through ioredis, in every framework', { timeout: 600_000 }, async () => {
    expect(await replay('--storage', server().uri, '--client', 'ioredis')).toEqual(PASSED)
  })

  test.each(['redis', 'iovalkey', '@valkey/valkey-glide'])(
    'on a single server through %s',
    { timeout: 300_000 },
    async (client) => {
      expect(await replay('--storage', server().uri, '--client', client, ...ONE_FRAMEWORK)).toEqual(PASSED)
    },
  )
})

describeWith('cluster', 'what was recorded is replayed', (cluster) => {
  test.each(['ioredis', 'redis', 'iovalkey', '@valkey/valkey-glide'])(
    'on a cluster through %s',
    { timeout: 300_000 },
    async (client) => {
      expect(await replay('--storage', cluster().uri, '--client', client, ...ONE_FRAMEWORK)).toEqual(PASSED)
    },
  )

  test.each(['ioredis', 'redis'])(
    'on a cluster through %s, where every limit is in a slot of its own',
    { timeout: 300_000 },
    async (client) => {
      const options = ['--storage', cluster().uri, '--client', client, '--scattered']
      expect(await replay(...options, ...ONE_FRAMEWORK)).toEqual(PASSED)
    },
  )
})
