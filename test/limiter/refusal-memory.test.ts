import { describe, expect, test } from 'vitest'
import { parseLimit } from '../../src/limit/parse-limits.ts'
import { RefusalMemory, type RememberedRefusal } from '../../src/limiter/refusal-memory.ts'
import type { BatchResult, Entry, MaybePromise, Storage } from '../../src/storage/storage.ts'
import { ManualClock, referenceStorage } from '../../src/testing/index.ts'

const T = 1_800_000_000_000

interface Remote extends Storage {
  connections: number
}

function remote(): Remote {
  return { ...referenceStorage(), connections: 0 }
}

function entry(key: string, other: Partial<Entry> = {}): Entry {
  return { key, limit: parseLimit('2/minute'), strategy: 'fixed-window', cost: 1, role: 'limit', ...other }
}

/** A memory before a storage, on a clock that is moved by hand. */
function memoryOf({ lifeMs = 1000, firstRefusalOnly = true, storage = remote() } = {}) {
  const clock = new ManualClock(T)
  const memory = new RefusalMemory(storage, lifeMs, firstRefusalOnly, clock)
  const options = (): { now: number; firstRefusalOnly: boolean } => ({ now: clock.now(), firstRefusalOnly })
  /** Asks the storage and lets the memory know. */
  const ask = (...entries: Entry[]): BatchResult => {
    const sentAt = memory.now()
    const result = now(storage.evaluate(entries, options()))
    memory.remember(entries, result, sentAt)
    return result
  }
  /** Leaves nothing of an entry. */
  const exhaust = (each: Entry): void => void storage.evaluate([{ ...each, role: 'limit', cost: 2 }], options())
  const answer = (...entries: Entry[]): RememberedRefusal | undefined => memory.answer(entries)
  return { memory, clock, storage, ask, exhaust, answer }
}

function now<T>(value: MaybePromise<T>): T {
  return value as T
}

describe('a refusal is remembered', () => {
  test('with the verdict of the entry that refused, and the instant that it is by now', () => {
    const { clock, ask, exhaust, answer } = memoryOf()
    const [a, b] = [entry('a'), entry('b')]
    exhaust(b)
    const { verdicts } = ask(a, b)
    clock.advance(400)
    expect(answer(a, b)).toEqual({ index: 1, result: { allowed: false, now: T + 400, verdicts: [verdicts[1]] } })
    expect(answer(b)).toMatchObject({ index: 0 })
    expect(answer(a)).toBeUndefined()
  })

  test('until the clock goes back, which can be only one that the user gave', () => {
    const { clock, ask, exhaust, answer } = memoryOf()
    exhaust(entry('a'))
    ask(entry('a'))
    clock.advance(-1)
    expect(answer(entry('a'))).toBeUndefined()
    clock.advance(1)
    expect(answer(entry('a'))).toBeUndefined()
  })

  test('for its life, and no longer', () => {
    const { clock, ask, exhaust, answer } = memoryOf()
    exhaust(entry('a'))
    ask(entry('a'))
    clock.advance(999)
    expect(answer(entry('a'))).toBeDefined()
    clock.advance(1)
    expect(answer(entry('a'))).toBeUndefined()
  })

  test('until its cost would pass, where that is sooner', () => {
    const { clock, ask, exhaust, answer } = memoryOf({ lifeMs: 60_000 })
    const bucket = entry('a', { strategy: 'token-bucket' })
    exhaust(bucket)
    const wait = ask(bucket).verdicts[0]!.retryAt! - T
    expect(wait).toBe(30_000)
    clock.advance(wait - 1)
    expect(answer(bucket)?.result.now).toBe(T + wait - 1)
    clock.advance(1)
    expect(answer(bucket)).toBeUndefined()
    expect(ask(bucket).allowed).toBe(true)
  })

  test('from when the storage was asked, not from when it answered', () => {
    const storage = remote()
    const { memory, clock, exhaust } = memoryOf({ storage })
    exhaust(entry('a'))
    const sentAt = memory.now()
    clock.advance(300)
    memory.remember([entry('a')], now(storage.evaluate([entry('a')], { now: T + 150 })), sentAt)
    clock.advance(699)
    expect(memory.answer([entry('a')])?.result.now).toBe(T + 150 + 999)
    clock.advance(1)
    expect(memory.answer([entry('a')])).toBeUndefined()
  })

  test('for this cost and larger ones; a smaller one is asked', () => {
    const { ask, answer } = memoryOf()
    const [one, two, three] = [1, 2, 3].map((cost) => entry('a', { cost }))
    ask(one!)
    ask(two!)
    expect(answer(one!)).toBeUndefined()
    expect(answer(two!)).toBeDefined()
    expect(answer(three!)?.result.verdicts[0]!.retryAt).toBe(T + 60_000)
    ask(three!)
    expect(answer(two!)).toBeDefined()
    ask(one!)
    ask(one!)
    expect(answer(one!)).toBeDefined()
  })

  test('also of a cost that can never pass, and of an entry that is charged later', () => {
    const { ask, exhaust, answer } = memoryOf()
    const never = entry('a', { cost: 3 })
    ask(never)
    expect(answer(never)?.result.verdicts[0]!.retryAt).toBeUndefined()
    const peek = entry('b', { role: 'peek' })
    exhaust(peek)
    ask(peek)
    expect(answer(peek)).toBeDefined()
  })
})

describe('the storage is asked all the same', () => {
  test('where a meta limit counts the refusal', () => {
    const { ask, exhaust, answer } = memoryOf()
    const [a, b] = [entry('a'), entry('b')]
    const meta = entry('meta', { role: 'meta', watches: [0] })
    exhaust(a)
    ask(a, b, meta)
    expect(answer(a, b, meta)).toBeUndefined()
    expect(answer(a, b)).toBeDefined()
    expect(answer(b, a, meta)).toBeDefined()
    expect(answer(b, a, { ...meta, watches: [0, 1] })).toBeUndefined()
    expect(answer(b, a, { ...meta, watches: [0, 1], gates: false })).toBeUndefined()
  })

  test('where asking moves an elastic window', () => {
    const { ask, exhaust, answer } = memoryOf()
    const [a, elastic] = [entry('a'), entry('elastic', { strategy: 'fixed-window-elastic-expiry' })]
    exhaust(a)
    ask(a)
    exhaust(elastic)
    ask(elastic)
    expect(answer(a)).toBeDefined()
    expect(answer(a, elastic)).toBeUndefined()
    expect(answer(elastic)).toBeUndefined()
  })

  test('where every breach is to be reported', () => {
    const { ask, exhaust, answer } = memoryOf({ firstRefusalOnly: false })
    exhaust(entry('a'))
    ask(entry('a'))
    expect(answer(entry('a'))).toBeUndefined()
  })

  test('where the refusal was tentative', () => {
    const { memory, answer } = memoryOf()
    const verdict = { allowed: false, remaining: 0, resetAt: T + 60_000, retryAt: T + 60_000 }
    memory.remember([entry('a')], { allowed: false, tentative: true, now: T, verdicts: [verdict] }, T)
    expect(answer(entry('a'))).toBeUndefined()
  })

  test('for what was allowed, and for entries that did not refuse', () => {
    const { ask, exhaust, answer } = memoryOf()
    const [a, b] = [entry('a'), entry('b')]
    ask(a)
    exhaust(b)
    ask(a, b)
    expect(answer(a)).toBeUndefined()
  })

  test('once everything is forgotten', () => {
    const { memory, ask, exhaust, answer } = memoryOf()
    exhaust(entry('a'))
    ask(entry('a'))
    memory.clear()
    expect(answer(entry('a'))).toBeUndefined()
  })

  test('once it has connected anew', () => {
    const { storage, ask, exhaust, answer } = memoryOf()
    exhaust(entry('a'))
    exhaust(entry('b'))
    storage.connections = 1
    ask(entry('a'))
    expect(answer(entry('a'))).toBeDefined()
    storage.connections = 2
    expect(answer(entry('a'))).toBeUndefined()
    ask(entry('a'))
    storage.connections = 3
    ask(entry('b'))
    expect(answer(entry('a'))).toBeUndefined()
    expect(answer(entry('b'))).toBeDefined()
  })
})

describe('a meta limit that refuses is remembered', () => {
  const meta = entry('meta', { role: 'meta', watches: [0] })

  test('before anything else, also where every breach is to be reported or a window is elastic', () => {
    const { ask, exhaust, answer } = memoryOf({ firstRefusalOnly: false })
    const elastic = entry('elastic', { strategy: 'fixed-window-elastic-expiry' })
    exhaust(meta)
    exhaust(elastic)
    const { verdicts } = ask(elastic, meta)
    expect(answer(elastic, meta)).toEqual({ index: 1, result: { allowed: false, now: T, verdicts: [verdicts[1]] } })
  })

  test('and nothing of what else refused, for nothing was written', () => {
    const { ask, exhaust, answer } = memoryOf()
    exhaust(entry('a'))
    exhaust(meta)
    ask(entry('a'), meta)
    expect(answer(entry('a'))).toBeUndefined()
  })

  test('but not where it only counts', () => {
    const { ask, exhaust, answer } = memoryOf()
    const counting = { ...meta, gates: false }
    exhaust(counting)
    ask(entry('a'), counting)
    expect(answer(entry('a'), counting)).toBeUndefined()
    ask(entry('a'), meta)
    expect(answer(entry('a'), counting)).toBeUndefined()
    expect(answer(entry('a'), meta)).toBeDefined()
  })
})

test('no more than 100000 refusals are remembered; the oldest go first', () => {
  const { memory, answer } = memoryOf()
  const verdict = { allowed: false, remaining: 0, resetAt: T + 60_000, retryAt: T + 60_000 }
  for (let i = 0; i <= 100_000; i++)
    memory.remember([entry(`${i}`)], { allowed: false, now: T, verdicts: [verdict] }, T)
  expect(answer(entry('0'))).toBeUndefined()
  expect(answer(entry('1'))).toBeDefined()
  expect(answer(entry('100000'))).toBeDefined()
})
