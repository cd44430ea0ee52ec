import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { ROOT } from '../repository.ts'
import { expectAnswersAsSaid } from './example.ts'

beforeAll(() => {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', 'examples/nestjs'], { cwd: ROOT, encoding: 'utf8' })
  expect(stdout).toBe('')
}, 60_000)

test('the Nest example answers as it says', { timeout: 60_000 }, async () => {
  await expectAnswersAsSaid('../.cache/examples/nestjs/server.js')
})
