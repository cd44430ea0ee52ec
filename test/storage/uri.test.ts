import { describe, expect, test } from 'vitest'
import { parseLimit } from '../../src/limit/parse-limits.ts'
import { redact } from '../../src/storage/redact.ts'
import type { Entry } from '../../src/storage/storage.ts'
import { openStorage } from '../../src/storage/uri.ts'
import { ManualClock, referenceStorage } from '../../src/testing/index.ts'

function entry(key: string): Entry {
  return { key, limit: parseLimit('5/minute'), strategy: 'fixed-window', cost: 1, role: 'limit' }
}

describe('openStorage', () => {
  test('opens process memory, with its options from either side, those beside the address first', async () => {
    const clock = new ManualClock(5000)
    expect(openStorage('memory://').name).toBe('memory')
    expect(openStorage('MEMORY://').name).toBe('memory')
    const storage = openStorage({ uri: 'memory://', maxKeys: 1, clock: undefined }, { maxKeys: 5, clock })
    expect((await storage.evaluate([entry('a')])).now).toBe(5000)
    await storage.evaluate([entry('b')])
    expect(await storage.reset('')).toBe(1)
  })

  test('returns a storage that is already made', () => {
    const storage = referenceStorage()
    expect(openStorage(storage)).toBe(storage)
    expect(() => openStorage(storage, { maxKeys: 5 })).toThrow('the storage "reference" is already made')
  })

  test.each([
    ['mem://', 'storage: there is none for "mem://"; supported are memory://'],
    ['memroy://', /storage: there is none for "memroy:\/\/"; supported are memory:\/\/, .*; did you mean "memory"\?$/],
    ['reddis://localhost', 'did you mean "redis"?'],
    [
      'carrier-pigeon://user:secret@loft?password=secret',
      'storage: there is none for "carrier-pigeon://user:***@loft?…"; supported are',
    ],
    ['memory', 'storage: there is none for "memory"'],
    ['', 'storage: there is none for ""'],
    [{ uri: undefined }, 'storage: expected an address such as "memory://" or a storage, got undefined'],
    [null, 'storage: expected an address such as "memory://" or a storage, got null'],
    ['memory://localhost', 'process memory has no address: use "memory://", not "memory://localhost"'],
    [
      { uri: 'memory://', maxKey: 5 },
      'the storage memory:// has no option "maxKey"; it has maxKeys, clock; did you mean "maxKeys"?',
    ],
    [{ uri: 'memory://', url: 5 }, 'the storage memory:// has no option "url"; it has maxKeys, clock'],
    [{ uri: 'memory://', maxKeys: '5' }, 'maxKeys of the memory storage must be an integer from 1 on, got "5"'],
  ])('%j is a configuration error', (source, message) => {
    expect(() => openStorage(source as string)).toThrow(message)
    expect(() => openStorage(source as string)).toThrow(expect.objectContaining({ code: 'ERR_CONFIG' }))
  })
})

test.each([
  ['redis://localhost:6379', 'redis://localhost:6379'],
  ['redis://:secret@localhost', 'redis://:***@localhost'],
  ['redis://user:s:e@c/r?e#t@localhost:6379/0', 'redis://user:***@localhost:6379/0'],
  ['redis://localhost?password=secret', 'redis://localhost?…'],
  ['redis://user:secret@a:1,b:2/?x=1', 'redis://user:***@a:1,b:2/?…'],
  ['user:secret@localhost', 'user:***@localhost'],
])('%s is shown as %s', (uri, shown) => {
  expect(redact(uri)).toBe(shown)
})
