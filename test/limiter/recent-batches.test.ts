import { expect, test } from 'vitest'
import type { Batch } from '../../src/limiter/batch.ts'
import type { FixedPlan } from '../../src/limiter/plan.ts'
import { RecentBatches } from '../../src/limiter/recent-batches.ts'

type AnyPlan = FixedPlan<unknown, unknown>
type AnyBatch = Batch<unknown, unknown>

function plan(ordinal: number): AnyPlan {
  return { key: () => '', templates: [], rules: [], phased: false, ordinal }
}

/** What is kept of batches, and for whom they were made, one after the other. */
function recentBatches() {
  const owners = new Map<AnyBatch, string>()
  const made: string[] = []
  const recent = new RecentBatches<unknown, unknown>(({ ordinal }, clientKey) => {
    const batch = { entries: [], rules: [], phased: false }
    owners.set(batch, `${ordinal} ${clientKey}`)
    made.push(`${ordinal} ${clientKey}`)
    return batch
  })
  return { made, of: (plan: AnyPlan, clientKey: string) => owners.get(recent.of(plan, clientKey)) }
}

test('a client that asks again gets the same batch, one for each plan', () => {
  const recent = recentBatches()
  const plans = [plan(0), plan(1)]
  for (let round = 0; round < 3; round++) {
    for (const each of plans) {
      for (const client of ['a', 'b', '']) expect(recent.of(each, client)).toBe(`${each.ordinal} ${client}`)
    }
  }
  expect(recent.made.toSorted()).toEqual(['0 ', '0 a', '0 b', '1 ', '1 a', '1 b'])
})

test('clients whose keys end alike are told apart', () => {
  const recent = recentBatches()
  const [one, other] = [plan(0), plan(0)]
  const clients = ['x:same end', 'y:same end', 'z:same end', 'longer:same end']
  for (let round = 0; round < 3; round++) {
    for (const client of clients) {
      expect(recent.of(one, client)).toBe(`0 ${client}`)
      expect(recent.of(other, client)).toBe(`0 ${client}`)
    }
  }
})

test('of those that share a place, the two that asked last are kept', () => {
  const recent = recentBatches()
  const shared = plan(0)
  for (const client of ['x:same end', 'y:same end', 'x:same end', 'z:same end', 'x:same end']) recent.of(shared, client)
  expect(recent.made).toEqual(['0 x:same end', '0 y:same end', '0 z:same end'])
  recent.of(shared, 'y:same end')
  expect(recent.made.at(-1)).toBe('0 y:same end')
})

test('a thousand clients are kept nearly all, and of a hundred thousand at most 4096', () => {
  const recent = recentBatches()
  const shared = plan(7)
  const askAll = (count: number): number => {
    const before = recent.made.length
    for (let i = 0; i < count; i++) recent.of(shared, `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`)
    return recent.made.length - before
  }
  askAll(1000)
  expect(askAll(1000)).toBeLessThan(100)
  askAll(100_000)
  expect(askAll(100_000)).toBeGreaterThanOrEqual(100_000 - 4096)
})

test('a key that is so long that only its hash is counted is not kept', () => {
  const recent = recentBatches()
  const shared = plan(0)
  for (const length of [256, 256, 257, 257]) recent.of(shared, 'x'.repeat(length))
  expect(recent.made).toHaveLength(3)
})
