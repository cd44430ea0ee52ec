import { describe, expect, test } from 'vitest'
import { memoryStorage } from '../../src/storage/memory/memory-storage.ts'
import { ManualClock, referenceStorage, storageContract } from '../../src/testing/index.ts'

describe('memory storage keeps the contract', () => {
  for (const { name, run } of storageContract({ open: () => memoryStorage() })) test(name, run)
})

describe('the reference storage keeps the contract', () => {
  for (const { name, run } of storageContract({ open: () => referenceStorage(new ManualClock()) })) test(name, run)
})

describe('the contract', () => {
  test('finds fault with a storage that takes every cost for 1', async () => {
    const open = () => {
      const storage = referenceStorage(new ManualClock())
      const evaluate: typeof storage.evaluate = (entries, options) =>
        storage.evaluate(
          entries.map((entry) => ({ ...entry, cost: 1 })),
          options,
        )
      return { ...storage, evaluate }
    }
    const outcomes = await Promise.allSettled(storageContract({ open }).map(({ run }) => run()))
    expect(outcomes.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(outcomes.length / 2)
  })

  test('says which case a storage is let off, and why', () => {
    const cases = storageContract({
      open: () => referenceStorage(),
      skip: { 'ping answers': 'there is nobody to answer' },
    })
    expect(cases.filter(({ skipped }) => skipped !== undefined).map(({ name, skipped }) => [name, skipped])).toEqual([
      ['ping answers', 'there is nobody to answer'],
    ])
    expect(() => storageContract({ open: () => referenceStorage(), skip: { 'ping answrs': '' } })).toThrow(
      'no case "ping answrs"',
    )
  })
})
