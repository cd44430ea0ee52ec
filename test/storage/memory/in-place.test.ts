import { expect, test } from 'vitest'
import { Eviction } from '../../../src/storage/memory/eviction.ts'
import { decideFixedWindows } from '../../../src/storage/memory/fixed-window-batch.ts'
import { stepCell, writeCell } from '../../../src/storage/memory/in-place.ts'
import { Shard } from '../../../src/storage/memory/shard.ts'
import { Table } from '../../../src/storage/memory/table.ts'
import { decide } from '../../../src/storage/kernel.ts'
import type { Entry, Verdict } from '../../../src/storage/storage.ts'
import { STRATEGY_NAMES } from '../../../src/strategy/strategies.ts'
import type { State } from '../../../src/strategy/strategy.ts'
import { limitOf } from '../../strategy/timeline.ts'

/** An endless, repeatable stream of numbers from 0 up to 1. */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

interface Scene {
  readonly amount: number
  readonly windowMs: number
  /** The longest time between two steps, in ms. */
  readonly pause: number
  readonly steps: number
}

/** Random times, going backwards now and then, and random costs, as they come about at this limit. */
function* walk(
  { amount, pause, steps }: Scene,
  seed: number,
): Generator<{ now: number; cost: number; settle: boolean }> {
  const random = randomNumbers(seed)
  let now = 1_800_000_000_000
  for (let i = 0; i < steps; i++) {
    const luck = random()
    now += luck < 0.03 ? -Math.floor(random() * pause * 4) : luck < 0.04 ? pause * 8 : Math.floor(random() * pause)
    const most = random() < 0.9 ? Math.max(3, amount / 8) : amount + 2
    yield { now, cost: Math.min(Number.MAX_SAFE_INTEGER, Math.floor(random() * most)), settle: random() < 0.1 }
  }
}

function same(a: Verdict, b: Verdict): boolean {
  return a.allowed === b.allowed && a.remaining === b.remaining && a.resetAt === b.resetAt && a.retryAt === b.retryAt
}

const small: Scene = { amount: 12, windowMs: 100, pause: 20, steps: 150_000 }
const scenes: readonly Scene[] = [
  small,
  { amount: 3, windowMs: 7, pause: 4, steps: 100_000 },
  { amount: 60, windowMs: 1000, pause: 60, steps: 100_000 },
  { amount: Math.floor(Number.MAX_SAFE_INTEGER / 1001), windowMs: 1001, pause: 300, steps: 50_000 },
]

test.each(STRATEGY_NAMES)('%s steps in place as the kernel does', (strategy) => {
  for (const [seed, scene] of scenes.entries()) {
    const limit = limitOf(scene.amount, scene.windowMs)
    const shard = new Shard(0)
    let state: State | undefined
    for (const { now, cost, settle } of walk(scene, seed + 1)) {
      const entry: Entry = { key: 'key', limit, strategy, cost, role: settle ? 'settle' : 'limit' }
      const {
        result,
        writes: [write],
      } = decide([entry], [state], now)
      const slot = shard.find('key', 0)
      const transition = stepCell(shard, slot, entry, now)
      if (write !== undefined) {
        writeCell(shard, slot ?? shard.add('key', 0), entry, transition, write, now)
        state = write.state
      }
      const { allowed, retryAt } = transition
      const got = { allowed, retryAt, ...(write === undefined ? transition.now : transition.after) }
      if (!same(got, result.verdicts[0]!))
        expect({ now, cost, settle, ...got }).toEqual({ now, cost, settle, ...result.verdicts[0] })
    }
  }
})

test('a moving window with thousands of entries steps in place as the kernel does', () => {
  const scene: Scene = { amount: 4000, windowMs: 3000, pause: 3, steps: 15_000 }
  const limit = limitOf(scene.amount, scene.windowMs)
  const shard = new Shard(0)
  let state: State | undefined
  let longest = 0
  for (const { now, cost } of walk(scene, 7)) {
    const entry: Entry = { key: 'key', limit, strategy: 'moving-window', cost: cost % 4, role: 'limit' }
    const {
      result,
      writes: [write],
    } = decide([entry], [state], now)
    const slot = shard.find('key', 0)
    const transition = stepCell(shard, slot, entry, now)
    if (write !== undefined) {
      writeCell(shard, slot ?? shard.add('key', 0), entry, transition, write, now)
      state = write.state
      longest = Math.max(longest, state.length / 2)
    }
    const { allowed, retryAt } = transition
    expect(
      same({ allowed, retryAt, ...(write === undefined ? transition.now : transition.after) }, result.verdicts[0]!),
    ).toBe(true)
  }
  expect(longest).toBeGreaterThan(1100)
})

test('a moving window counts on where the total of all it ever counted leaves the exact integers', () => {
  const most = Number.MAX_SAFE_INTEGER
  const entry: Entry = {
    key: 'key',
    limit: limitOf(most, 10),
    strategy: 'moving-window',
    cost: most - 1,
    role: 'limit',
  }
  const shard = new Shard(0)
  const slot = shard.add('key', 0)
  for (let now = 1000; now < 2000; now += 10) {
    const transition = stepCell(shard, slot, entry, now)
    expect(transition).toMatchObject({ allowed: true, now: { remaining: most }, after: { remaining: 1 } })
    writeCell(shard, slot, entry, transition, { state: [], expiresAt: transition.expiresAt }, now)
  }
})

test('a batch of one fixed window is decided in place as the kernel decides it', () => {
  for (const [seed, scene] of scenes.entries()) {
    const limit = limitOf(scene.amount, scene.windowMs)
    const table = new Table()
    const eviction = new Eviction(table, 10)
    const states = new Map<string, State>()
    for (const { now, cost, settle } of walk(scene, seed + 1)) {
      const entry: Entry = { key: settle ? 'one' : 'other', limit, strategy: 'fixed-window', cost, role: 'limit' }
      const {
        result,
        writes: [write],
      } = decide([entry], [states.get(entry.key)], now)
      if (write !== undefined) states.set(entry.key, write.state)
      const got = decideFixedWindows(table, eviction, [entry], now)
      if (got.allowed !== result.allowed || got.now !== now || !same(got.verdicts[0]!, result.verdicts[0]!)) {
        expect({ cost, ...got }).toEqual({ cost, ...result })
      }
    }
  }
})

test('a batch of several fixed windows is decided in place as the kernel decides it', () => {
  for (const [seed, scene] of scenes.entries()) {
    const limits = [1, 2, 5].map((n) => limitOf(Math.ceil(scene.amount / n), n * scene.windowMs))
    const table = new Table()
    const eviction = new Eviction(table, 10)
    const states = new Map<string, State>()
    for (const { now, cost, settle } of walk({ ...scene, steps: scene.steps / 4 }, seed + 7)) {
      const entries = limits.map((limit, i): Entry => {
        const key = `${i}:${settle ? 'one' : 'other'}`
        return { key, limit, strategy: 'fixed-window', cost: (cost + i) % 4 === 0 ? 0 : cost, role: 'limit' }
      })
      const before = entries.map(({ key }) => states.get(key))
      const { result, writes } = decide(entries, before, now)
      for (const [i, write] of writes.entries()) if (write !== undefined) states.set(entries[i]!.key, write.state)
      const got = decideFixedWindows(table, eviction, entries, now)
      if (got.allowed !== result.allowed || !got.verdicts.every((verdict, i) => same(verdict, result.verdicts[i]!))) {
        expect({ cost, ...got }).toEqual({ cost, ...result })
      }
    }
  }
})

test('a moving window of ten million takes no longer per step than a small one', () => {
  const limit = limitOf(10_000_000, 3_600_000)
  const shard = new Shard(0)
  const slot = shard.add('key', 0)
  const entry: Entry = { key: 'key', limit, strategy: 'moving-window', cost: 1, role: 'limit' }
  let remaining = limit.amount
  for (let now = 0; now < 500_000; now++) {
    const transition = stepCell(shard, slot, entry, now)
    writeCell(shard, slot, entry, transition, { state: [], expiresAt: 0 }, now)
    remaining = transition.after.remaining
  }
  // Were each step to copy or walk along the window, this would take hours.
  expect(remaining).toBe(limit.amount - 500_000)
  expect(stepCell(shard, slot, { ...entry, cost: limit.amount }, 500_000).retryAt).toBe(499_999 + limit.windowMs)
})
