import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseLimit } from '../../../src/limit/parse-limits.ts'
import type { Entry } from '../../../src/storage/storage.ts'
import { openStorage } from '../../../src/storage/uri.ts'
import { STRATEGY_NAMES } from '../../../src/strategy/strategies.ts'
import { ROOT } from '../../repository.ts'
import { type RedisServer, startServer, whyWithout } from '../../servers/redis-server.ts'

const PROCESSES = 3
const DECISIONS_EACH = 400
const AMOUNT = 300

/** Decides batches in several processes at once; answers of each batch how many decisions were allowed altogether. */
async function hammer(uri: string, client: string, batches: readonly (readonly Entry[])[]): Promise<number[]> {
  const program = ['--import', join(ROOT, 'scripts/typescript.mjs'), join(ROOT, 'test/servers/hammer.ts')]
  const args = [...program, uri, JSON.stringify({ client }), JSON.stringify(batches), String(DECISIONS_EACH)]
  const workers = Array.from({ length: PROCESSES }, () => {
    const worker = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    return { worker, lines: createInterface({ input: worker.stdout })[Symbol.asyncIterator]() }
  })
  await Promise.all(workers.map(({ lines }) => lines.next()))
  for (const { worker } of workers) worker.stdin.end('go\n')
  const totals: number[] = []
  for (let batch = 0; batch < batches.length; batch += 1) {
    const counts = await Promise.all(workers.map(async ({ lines }) => Number((await lines.next()).value)))
    totals.push(counts.reduce((sum, count) => sum + count, 0))
  }
  return totals
}

function entry(strategy: Entry['strategy'], amount: number): Entry {
  return { key: `${strategy} ${amount}`, limit: parseLimit(`${amount} per year`), strategy, cost: 1, role: 'limit' }
}

const missing = whyWithout('redis-server')
describe.skipIf(missing !== undefined).each(['ioredis', 'redis'] as const)(missing ?? 'through %s', (client) => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server.stop())

  test(
    'several processes never admit more than the amount, and spend nothing on refusals',
    { timeout: 60_000 },
    async () => {
      const cases = STRATEGY_NAMES.map((strategy) => {
        const [one, ...three] = [AMOUNT, 2 * AMOUNT, AMOUNT + 1, 5 * AMOUNT].map((amount) => entry(strategy, amount))
        return { strategy, one: [one!], three }
      })
      const totals = await hammer(
        server.uri,
        client,
        cases.flatMap(({ one, three }) => [one, three]),
      )
      expect(totals).toEqual(cases.flatMap(() => [AMOUNT, AMOUNT + 1]))

      const storage = openStorage(server.uri, { client })
      for (const { strategy, one, three } of cases) {
        const peeks = [...one, ...three].map((each): Entry => ({ ...each, role: 'peek', cost: 0 }))
        const { verdicts } = await storage.evaluate(peeks)
        const left = verdicts.map(({ remaining }) => remaining)
        expect([strategy, ...left]).toEqual([strategy, 0, AMOUNT - 1, 0, 4 * AMOUNT - 1])
      }
      await storage.close()
    },
  )
})
