import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

test('WARN_MEMORY_WORKERS is given in each of several workers that count in their own memory', () => {
  const program = ['--import', './scripts/typescript.mjs', 'test/adapters/express/worker-app.ts']
  expect(execFileSync(process.execPath, program, { cwd: ROOT, encoding: 'utf8' }).trim()).toBe('WARN_MEMORY_WORKERS')
})
