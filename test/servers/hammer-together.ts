import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect } from 'vitest'
import { parseLimit } from '../../src/limit/parse-limits.ts'
import type { Entry } from '../../src/storage/storage.ts'
import { openStorage } from '../../src/storage/uri.ts'
import { STRATEGY_NAMES } from '../../src/strategy/strategies.ts'
import { ROOT } from '../repository.ts'

const PROCESSES = 3
const DECISIONS_EACH = 400
const AMOUNT = 300

/** What a limit is called that has to have a key. */
type SpellKey = (strategy: Entry['strategy'], amount: number) => string

/**
 * Lets several processes hammer one limit, and three limits at once, in every strategy. Admitted must be exactly the smallest amount,
 * and charged exactly what was admitted. `spellKey` decides which keys share a slot.
 */
export async function hammerTogether(uri: string, client: string, spellKey: SpellKey): Promise<void> {
  const cases = STRATEGY_NAMES.map((strategy) => {
    const [one, ...three] = [AMOUNT, 2 * AMOUNT, AMOUNT + 1, 5 * AMOUNT].map((amount): Entry => ({
      key: spellKey(strategy, amount),
      limit: parseLimit(`${amount} per year`),
      strategy,
      cost: 1,
      role: 'limit',
    }))
    return { strategy, one: one!, three }
  })
  const totals = await hammer(
    uri,
    client,
    cases.flatMap(({ one, three }) => [[one], three]),
  )
  expect(totals).toEqual(cases.flatMap(() => [AMOUNT, AMOUNT + 1]))

  const storage = openStorage(uri, { client })
  const left = async (entry: Entry): Promise<number> =>
    (await storage.evaluate([{ ...entry, role: 'peek', cost: 0 }])).verdicts[0]!.remaining
  for (const { strategy, one, three } of cases) {
    expect([strategy, ...(await Promise.all([one, ...three].map(left)))]).toEqual([
      strategy,
      0,
      AMOUNT - 1,
      0,
      4 * AMOUNT - 1,
    ])
  }
  await storage.close()
}

/** Decides batches in several processes at once; answers of each batch how many decisions were allowed altogether. */
async function hammer(uri: string, client: string, batches: readonly (readonly Entry[])[]): Promise<number[]> {
  const program = ['--import', join(ROOT, 'scripts/typescript.mjs'), join(ROOT, 'test/servers/hammer.ts')]
  const args = [...program, uri, JSON.stringify({ client }), JSON.stringify(batches), String(DECISIONS_EACH)]
  const workers = Array.from({ length: PROCESSES }, () => {
    const worker = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    const isOver = new Promise((resolve) => worker.once('exit', resolve))
    return { worker, isOver, lines: createInterface({ input: worker.stdout })[Symbol.asyncIterator]() }
  })
  await Promise.all(workers.map(({ lines }) => lines.next()))
  for (const { worker } of workers) worker.stdin.end('go\n')
  const totals: number[] = []
  for (let batch = 0; batch < batches.length; batch += 1) {
    const counts = await Promise.all(workers.map(async ({ lines }) => Number((await lines.next()).value)))
    totals.push(counts.reduce((sum, count) => sum + count, 0))
  }
  // Each has given back by then what there was to be given back.
  await Promise.all(workers.map(({ isOver }) => isOver))
  return totals
}
