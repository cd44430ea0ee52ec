import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { ROOT } from '../repository.ts'
import { get, startExample } from './example.ts'

beforeAll(() => {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', 'examples/nestjs'], { cwd: ROOT, encoding: 'utf8' })
  expect(stdout).toBe('')
}, 60_000)

test('the Nest example answers as it says', { timeout: 60_000 }, async () => {
  const urls = await startExample('../.cache/examples/nestjs/server.js')
  expect(Object.keys(urls)).toEqual(['/slow', '/fast', '/ping'])
  expect(await get(urls['/slow'])).toEqual({ status: 200, body: '24', retryAfter: 0 })
  const refused = await get(urls['/slow'])
  expect(refused).toMatchObject({ status: 429, body: '1 per 1 day' })
  expect(refused.retryAfter).toBeGreaterThan(86_000)
  expect(await get(urls['/fast'])).toMatchObject({ status: 200, body: '42' })
  await get(urls['/fast'])
  expect(await get(urls['/fast'])).toMatchObject({ status: 429 })
  for (let i = 0; i < 5; i += 1) expect(await get(urls['/ping'])).toMatchObject({ status: 200, body: 'PONG' })
})
