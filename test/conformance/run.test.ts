import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ADAPTERS } from '../../conformance/adapters.ts'

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-conformance-'))
})

afterEach(() => rm(folder, { recursive: true }))

/** Runs the command on the folder; answers its exit code and its last line. */
function run(): Promise<{ code: number | string; tally: string }> {
  const args = ['--import', './scripts/typescript.mjs', 'conformance/run.ts', folder]
  return new Promise((resolve) => {
    execFile(process.execPath, args, (error, stdout) =>
      resolve({ code: error?.code ?? 0, tally: stdout.trimEnd().split('\n').at(-1)! }),
    )
  })
}

async function write(amount: number): Promise<void> {
  const item = { amount, multiples: 1, granularity: 'second', expirySeconds: 1, repr: `${amount} per 1 second` }
  const scenario = {
    id: 's',
    t0: 0,
    routes: [{ name: 'a', path: '/a' }],
    steps: [{ at: 0, path: '/a', expect: { status: 200 } }],
  }
  await mkdir(join(folder, 'deep'))
  await writeFile(join(folder, 'any-name.json'), JSON.stringify({ cases: [{ input: '2/second', items: [item] }] }))
  await writeFile(join(folder, 'deep', 'other.json'), JSON.stringify({ scenarios: [scenario] }))
}

describe('npm run conformance', () => {
  it('plays what it finds at any depth, under any name, scenarios in every framework', async () => {
    await write(2)
    expect(await run()).toEqual({ code: 0, tally: `${ADAPTERS.length + 1} passed, 0 failed` })
  })

  it('exits with 1 where a case fails', async () => {
    await write(3)
    expect(await run()).toEqual({ code: 1, tally: `${ADAPTERS.length} passed, 1 failed` })
  })

  it('fails where there is nothing to play', async () => {
    expect((await run()).code).toBe(1)
  })
})
