import { describe, expect, test } from 'vitest'
import { parseLimit } from '../../src/limit/parse-limits.ts'
import { lateStorage } from '../../src/storage/late-storage.ts'
import type { Entry, Storage } from '../../src/storage/storage.ts'
import { referenceStorage, storageContract } from '../../src/testing/index.ts'

const ENTRY: Entry = { key: 'a', limit: parseLimit('5/minute'), strategy: 'fixed-window', cost: 1, role: 'limit' }
const ABOUT = { name: 'late', atomicity: 'batch' } as const

/** A storage that cannot be loaded the first time, and what is still to come of loading it. */
function failsOnce(): { late: Storage; outcomes: readonly (Storage | Error)[] } {
  const outcomes: (Storage | Error)[] = [new Error('not installed'), referenceStorage()]
  const late = lateStorage(ABOUT, async () => {
    const outcome = outcomes.shift()!
    if (outcome instanceof Error) throw outcome
    return outcome
  })
  return { late, outcomes }
}

describe('a storage that is loaded when it is first used keeps the contract', () => {
  const open = (): Storage => lateStorage(ABOUT, async () => referenceStorage())
  for (const { name, run } of storageContract({ open })) test(name, run)
})

test('says what it is before it is loaded, and then how often it has connected', async () => {
  expect(lateStorage(ABOUT, () => expect.unreachable())).toMatchObject({ ...ABOUT, connections: 0 })
  const late = lateStorage(ABOUT, async () => ({ ...referenceStorage(), connections: 3 }))
  await late.ping()
  expect(late.connections).toBe(3)
})

test('is loaded once, and answers without a promise of its own afterwards', async () => {
  let loads = 0
  const late = lateStorage(ABOUT, async () => {
    loads += 1
    return referenceStorage()
  })
  await Promise.all([late.evaluate([ENTRY]), late.evaluate([ENTRY]), late.ping()])
  expect(loads).toBe(1)
  expect(late.evaluate([ENTRY])).toMatchObject({ allowed: true, verdicts: [{ remaining: 2 }] })
})

test('says when it is loaded, or why not', async () => {
  const { late, outcomes } = failsOnce()
  await expect(late.load!()).rejects.toThrow('not installed')
  expect(await late.load!()).toBeUndefined()
  expect(late.load!()).toBeUndefined()
  expect(outcomes).toEqual([])
})

test('is closed while it is loaded, also where that fails', async () => {
  let isClosed = false
  const closing: Storage = { ...referenceStorage(), close: () => void (isClosed = true) }
  for (const outcome of [Promise.reject(new Error('not installed')), Promise.resolve(closing)]) {
    const late = lateStorage(ABOUT, () => outcome)
    const loading = Promise.resolve(late.load!()).catch(() => undefined)
    await late.close()
    await loading
  }
  expect(isClosed).toBe(true)
})

test('that fails to load is tried again', async () => {
  const { late } = failsOnce()
  await expect(late.evaluate([ENTRY])).rejects.toThrow('not installed')
  expect((await late.evaluate([ENTRY])).allowed).toBe(true)
})

test('that was never used is closed without being loaded', async () => {
  await lateStorage(ABOUT, () => expect.unreachable()).close()
})
