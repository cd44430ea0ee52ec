import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { parseLimit } from '../../src/limit/parse-limits.ts'
import { memoryStorage } from '../../src/storage/memory/memory-storage.ts'
import type { BatchResult, Entry } from '../../src/storage/storage.ts'
import { STRATEGY_NAMES } from '../../src/strategy/strategies.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** In a long run, `npm run fuzz`, ten million clients come; else as many as show the same. */
const CLIENTS = process.env['FUZZ_RUNS'] === undefined ? 1_100_000 : 10_000_000

test('clients without end find room in a million keys, and none gets a spent limit back by bringing them', async () => {
  // Were every client kept, ten million would take well over a gigabyte.
  const program = ['--max-old-space-size=400', '--import', './scripts/typescript.mjs', 'test/robustness/flood-app.ts']
  const { stdout } = await promisify(execFile)(process.execPath, [...program, String(CLIENTS), '1000000'], {
    cwd: ROOT,
  })
  expect(JSON.parse(stdout)).toEqual({ readmitted: 0, isBack: true, isWithin: true })
}, 1_800_000)

test.each(STRATEGY_NAMES)(
  'a spent limit outlasts any number of new keys, and the keys stay within their bound: %s',
  (strategy) => {
    const storage = memoryStorage({ maxKeys: 1000 })
    const entry = (key: string, notation: string): Entry => ({
      key,
      limit: parseLimit(notation),
      strategy,
      cost: 1,
      role: 'limit',
    })
    const T = 1_800_000_000_000
    const spent = entry('spent', '1/hour')
    const { verdicts } = storage.evaluate([spent], { now: T }) as BatchResult
    const { resetAt } = verdicts[0]!
    for (let i = 0; i < 30_000; i++) {
      expect((storage.evaluate([entry(`key ${i}`, '5/hour')], { now: T + i }) as BatchResult).allowed).toBe(true)
    }
    expect((storage.evaluate([{ ...spent, role: 'peek' }], { now: resetAt - 1 }) as BatchResult).allowed).toBe(false)
    expect((storage.evaluate([{ ...spent, role: 'peek' }], { now: resetAt }) as BatchResult).allowed).toBe(true)
    expect(storage.reset('')).toBe(1000)
  },
)
