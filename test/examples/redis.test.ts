import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { ROOT } from '../repository.ts'
import { describeWith } from '../servers/describe-with.ts'
import { get, startExample } from './example.ts'

afterEach(() => void vi.unstubAllEnvs())

describeWith('redis-server', 'the Redis example', (server) => {
  test('counts in all its processes together', async () => {
    vi.stubEnv('REDIS_URL', server().uri)
    const [one, other] = [await startExample('redis/server.js'), await startExample('redis/server.js')]
    expect(Object.keys(one)).toEqual(['/slow', '/fast', '/ping'])
    expect(await get(one['/slow'])).toEqual({ status: 200, body: '24', retryAfter: 0 })
    for (const urls of [one, other]) {
      const refused = await get(urls['/slow'])
      expect(refused).toMatchObject({ status: 429, body: '1 per 1 day' })
      expect(refused.retryAfter).toBeGreaterThan(86_000)
    }
    expect(await get(other['/fast'])).toMatchObject({ status: 200, body: '42' })
    expect(await get(one['/ping'])).toMatchObject({ status: 200, body: 'PONG' })
  })
})

test('the Redis example does not start without its server, and says how to name it', () => {
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'examples/redis/server.js')], {
    env: { ...process.env, PORT: '0', REDIS_URL: 'redis://127.0.0.1:1' },
    encoding: 'utf8',
  })
  expect(stderr).toMatch(/ECONNREFUSED.*\nName the server: REDIS_URL=/)
  expect(status).toBe(1)
})
