import { expect, test } from 'vitest'
import type { Batch } from '../../src/limiter/batch.ts'
import type { FixedPlan } from '../../src/limiter/plan.ts'
import { RecentBatches } from '../../src/limiter/recent-batches.ts'

type AnyPlan = FixedPlan<unknown, unknown>
type AnyBatch = Batch<unknown, unknown>

function plan(ordinal: number): AnyPlan {
  return { key: () => '', templates: [], rules: [], phased: false, telling: undefined, ordinal }
}

/** What is kept of batches, and for whom they were made, one after the other. */
function recentBatches() {
  const owners = new Map<AnyBatch, string>()
  const made: string[] = []
  const recent = new RecentBatches<unknown, unknown>(({ ordinal }, clientKey) => {
    const batch = { entries: [], rules: [], phased: false, telling: undefined }
    owners.set(batch, `${ordinal} ${clientKey}`)
    made.push(`${ordinal} ${clientKey}`)
    return batch
  })
  return { made, of: (plan: AnyPlan, clientKey: string) => owners.get(recent.of(plan, clientKey)) }
}

test('a client that asks again gets the same batch from its second question on, one for each plan', () => {
  const recent = recentBatches()
  const plans = [plan(0), plan(1)]
  for (let round = 0; round < 4; round++) {
    for (const each of plans) {
      for (const client of ['a', 'b', 'c']) expect(recent.of(each, client)).toBe(`${each.ordinal} ${client}`)
    }
  }
  const once = ['0 a', '0 b', '0 c', '1 a', '1 b', '1 c']
  expect(recent.made.toSorted()).toEqual([...once, ...once].toSorted())
})

test('clients whose keys end alike are told apart', () => {
  const recent = recentBatches()
  const [one, other] = [plan(0), plan(0)]
  for (let round = 0; round < 4; round++) {
    for (const client of [
      'x:the very same end',
      'y:the very same end',
      'z:the very same end',
      'longer:the very same end',
    ]) {
      expect(recent.of(one, client)).toBe(`0 ${client}`)
      expect(recent.of(other, client)).toBe(`0 ${client}`)
    }
  }
})

test('of those that share a place, the two that asked last are kept', () => {
  const recent = recentBatches()
  const shared = plan(0)
  const [x, y, z] = ['x:the very same end', 'y:the very same end', 'z:the very same end']
  // Their hashes are the same: whoever of them asks after another one has asked seems to ask again.
  for (const client of [x, x, y, x, z, x]) recent.of(shared, client)
  expect(recent.made).toEqual([x, x, y, z].map((client) => `0 ${client}`))
  recent.of(shared, y)
  expect(recent.made.at(-1)).toBe(`0 ${y}`)
})

const SHARED = plan(7)

/** How many batches were made for so many clients that ask one after the other. */
function madeFor(recent: ReturnType<typeof recentBatches>, network: number, count: number): number {
  const before = recent.made.length
  const ask = (i: number): unknown => recent.of(SHARED, `${network}.${i >> 16}.${(i >> 8) & 255}.${i & 255}`)
  for (let i = 0; i < count; i++) ask(i)
  return recent.made.length - before
}

test('of a thousand clients who ask thrice, most are kept', () => {
  const recent = recentBatches()
  expect(madeFor(recent, 10, 1000)).toBe(1000)
  expect(madeFor(recent, 10, 1000)).toBe(1000)
  expect(madeFor(recent, 10, 1000)).toBeLessThan(300)
})

test('clients who ask once push out hardly anybody, and are not kept', () => {
  const recent = recentBatches()
  for (let round = 0; round < 3; round++) madeFor(recent, 10, 100)
  const before = madeFor(recent, 10, 100)
  expect(madeFor(recent, 11, 100_000)).toBe(100_000)
  expect(madeFor(recent, 10, 100)).toBeLessThanOrEqual(before + 1)
})

test('of many clients who ask twice, 4096 are kept at most', () => {
  const recent = recentBatches()
  const clients = Array.from({ length: 10_000 }, (_, i) => `client ${i}`)
  for (const client of clients) {
    recent.of(SHARED, client)
    recent.of(SHARED, client)
  }
  const before = recent.made.length
  // The latest first: whoever is not kept takes the place of one who has been asked for already.
  for (const client of clients.toReversed()) recent.of(SHARED, client)
  const kept = clients.length - (recent.made.length - before)
  expect(kept).toBeLessThanOrEqual(4096)
  expect(kept).toBeGreaterThan(3500)
})

test('a key that is so long that only its hash is counted is not kept', () => {
  const recent = recentBatches()
  const shared = plan(0)
  for (const length of [256, 256, 256, 257, 257, 257]) recent.of(shared, 'x'.repeat(length))
  expect(recent.made).toHaveLength(2 + 3)
})
