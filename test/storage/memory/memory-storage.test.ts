import { describe, expect, test } from 'vitest'
import { parseLimit } from '../../../src/limit/parse-limits.ts'
import { memoryStorage } from '../../../src/storage/memory/memory-storage.ts'
import type { BatchResult, Entry, Storage } from '../../../src/storage/storage.ts'
import { show } from '../../../src/show.ts'
import { ManualClock } from '../../../src/testing/index.ts'

function entry(key: string, other: Partial<Entry> = {}): Entry {
  return { key, limit: parseLimit('5/minute'), strategy: 'fixed-window', cost: 1, role: 'limit', ...other }
}

/** Charges one key at so many ms. */
function charge(storage: Storage, now: number, key: string, other: Partial<Entry> = {}): BatchResult {
  return storage.evaluate([entry(key, other)], { now }) as BatchResult
}

function left(storage: Storage, now: number, key: string): number {
  return charge(storage, now, key, { role: 'peek', cost: 0 }).verdicts[0]!.remaining
}

const none = { limit: parseLimit('1/minute') }

test('answers at once, by the clock it was given', () => {
  const clock = new ManualClock(1000)
  const storage = memoryStorage({ clock })
  expect(storage.evaluate([entry('a')])).toEqual({
    allowed: true,
    now: 1000,
    verdicts: [{ allowed: true, remaining: 4, resetAt: 61_000, retryAt: 1000 }],
  })
  clock.advance(60_000)
  expect((storage.evaluate([entry('a')]) as BatchResult).verdicts[0]!.remaining).toBe(4)
  expect([storage.ping(), storage.close(), storage.name, storage.atomicity]).toEqual([
    undefined,
    undefined,
    'memory',
    'batch',
  ])
})

test.each([0, -1, 1.5, NaN, Infinity, '5'])('%j keys at most is a configuration error', (maxKeys) => {
  expect(() => memoryStorage({ maxKeys: maxKeys as number })).toThrow(
    `maxKeys of the memory storage must be an integer from 1 on, got ${show(maxKeys)}`,
  )
})

describe('where all places are taken', () => {
  test('what is expired goes first', () => {
    const storage = memoryStorage({ maxKeys: 3 })
    charge(storage, 0, 'a', { limit: parseLimit('5/hour') })
    charge(storage, 1, 'b', { limit: parseLimit('5/second') })
    charge(storage, 2, 'c', { limit: parseLimit('5/hour') })
    charge(storage, 1001, 'd')
    expect(['a', 'c', 'd'].map((key) => storage.reset(key))).toEqual([1, 1, 1])
  })

  test('then what has been unused longest, also if it was only looked at', () => {
    const storage = memoryStorage({ maxKeys: 3 })
    for (const key of ['a', 'b', 'c']) charge(storage, 0, key)
    left(storage, 1, 'a')
    charge(storage, 2, 'd')
    expect(left(storage, 3, 'b')).toBe(5)
    charge(storage, 3, 'c')
    charge(storage, 4, 'e')
    expect(['a', 'b', 'c', 'd', 'e'].map((key) => storage.reset(key))).toEqual([0, 0, 1, 1, 1])
  })

  test.each([
    'fixed-window',
    'fixed-window-elastic-expiry',
    'moving-window',
    'sliding-window-counter',
    'token-bucket',
  ] as const)('a key that would refuse a cost of 1 stays, until it would not: %s', (strategy) => {
    const storage = memoryStorage({ maxKeys: 2 })
    const { verdicts } = charge(storage, 0, 'spent', { ...none, strategy })
    const { resetAt } = verdicts[0]!
    for (let i = 1; i < 1000; i++) charge(storage, i, `other ${i}`, { strategy })
    expect(charge(storage, resetAt - 1, 'spent', { ...none, strategy }).allowed).toBe(false)
    if (strategy === 'fixed-window-elastic-expiry') return
    charge(storage, resetAt, 'one', { strategy })
    charge(storage, resetAt, 'two', { strategy })
    expect(storage.reset('spent')).toBe(0)
  })

  test('once only such keys are left, what needs a new one fails and leaves nothing behind', () => {
    const storage = memoryStorage({ maxKeys: 2 })
    charge(storage, 0, 'a', none)
    charge(storage, 0, 'b', none)
    expect(() => charge(storage, 1, 'c')).toThrow(
      expect.objectContaining({ code: 'ERR_STORAGE_FULL', name: 'StorageError' }),
    )
    expect(() => charge(storage, 1, 'c')).toThrow(
      'the memory storage is full: it holds 2 of at most 2 keys (maxKeys), and each of them refuses now',
    )
    expect(charge(storage, 1, 'a', none).allowed).toBe(false)
    expect(charge(storage, 1, 'c', { role: 'peek' }).allowed).toBe(true)
    expect(charge(storage, 60_000, 'c').allowed).toBe(true)
  })

  test('a batch finds room for all its new keys or writes none, and never makes it at its own expense', () => {
    const storage = memoryStorage({ maxKeys: 3 })
    charge(storage, 0, 'a')
    charge(storage, 1, 'b', none)
    const batch = (...keys: string[]) =>
      storage.evaluate(
        keys.map((key) => entry(key)),
        { now: 2 },
      ) as BatchResult
    expect(() => batch('a', 'c', 'd')).toThrow(expect.objectContaining({ code: 'ERR_STORAGE_FULL' }))
    expect([left(storage, 3, 'a'), left(storage, 3, 'c')]).toEqual([4, 5])
    batch('c', 'd')
    expect([left(storage, 3, 'a'), left(storage, 3, 'c'), left(storage, 3, 'd')]).toEqual([5, 4, 4])
    expect(charge(storage, 3, 'b', none).allowed).toBe(false)
  })

  test('however many come, there are never more', () => {
    const storage = memoryStorage({ maxKeys: 40_000 })
    for (let i = 0; i < 100_000; i++) charge(storage, i, `key ${i}`, { limit: parseLimit('5/day') })
    expect(storage.reset('key 9999')).toBe(10)
    expect(storage.reset('')).toBe(40_000 - 10)
  })
})

test('keys that are expired leave with the traffic of others', () => {
  const storage = memoryStorage()
  for (let i = 0; i < 50_000; i++) charge(storage, 0, `key ${i}`)
  for (let i = 0; i < 30_000; i++) charge(storage, 60_000, 'other')
  expect(storage.reset('')).toBe(1)
})

test('keeps apart as many keys as come, through all that moves them about', () => {
  const storage = memoryStorage()
  const count = 70_000
  const strategyOf = (i: number) => (i % 7 === 0 ? 'moving-window' : 'fixed-window')
  for (let i = 0; i < count; i++) charge(storage, 0, `key ${i}`, { cost: 1 + (i % 3), strategy: strategyOf(i) })
  void storage.forget(Array.from({ length: count / 2 }, (_, i) => `key ${2 * i}`))
  for (let i = 0; i < count; i++) {
    const { remaining } = charge(storage, 1, `key ${i}`, { role: 'peek', cost: 0, strategy: strategyOf(i) })
      .verdicts[0]!
    if (remaining !== (i % 2 === 0 ? 5 : 4 - (i % 3))) expect([i, remaining]).toBe('what was charged')
  }
  expect(storage.reset('key 1')).toBe(11_111 - 5_555)
  expect(storage.reset('')).toBe(count / 2 - 11_111 + 5_555)
  expect(charge(storage, 2, 'key 1').verdicts[0]!.remaining).toBe(4)
})
