import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HashIndex, MapIndex } from '../../../src/storage/memory/key-index.ts'
import type { KeyIndex } from '../../../src/storage/memory/key-index.ts'
import { Shard } from '../../../src/storage/memory/shard.ts'

const CAPACITY = 64

/** Few hashes, so that keys are in each other's way. */
function hash(key: string): number {
  return Number(key) % 7
}

test.each<[string, () => KeyIndex]>([
  ['by hashes', () => new HashIndex(hash, CAPACITY)],
  ['by a map', () => new MapIndex()],
])('keys %s are where they were put, whatever comes and goes', (_, create) => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 40 }), { maxLength: 200 }), (numbers) => {
      const index = create()
      const keys: string[] = []
      for (const key of numbers.map(String)) {
        const slot = index.find(key, hash(key), keys)
        expect(slot).toBe(keys.includes(key) ? keys.indexOf(key) : undefined)
        if (slot === undefined) {
          expect(index.add(key, hash(key), keys.length)).toBe(true)
          keys.push(key)
          continue
        }
        // As cells are removed: the last one takes its place.
        index.remove(key, slot)
        const moved = keys.pop()!
        if (moved !== key) {
          index.move(moved, keys.length, slot)
          keys[slot] = moved
        }
      }
      index.resize(2 * CAPACITY)
      keys.forEach((key, slot) => expect(index.find(key, hash(key), keys)).toBe(slot))
    }),
  )
})

test('a shard finds its keys also where all of them have the same hash', () => {
  const shard = new Shard(1, () => 7)
  for (let i = 0; i < 1000; i++) expect(shard.add(`${i}`, 7)).toBe(i)
  for (let i = 0; i < 1000; i++) expect(shard.find(`${i}`, 7)).toBe(i)
  while (shard.size > 500) shard.remove(0)
  expect(shard.find('0', 7)).toBeUndefined()
  for (let slot = 0; slot < 500; slot++) expect(shard.find(shard.keyAt(slot), 7)).toBe(slot)
})

test('keys of the same hash fill no more than what is near, and then find no place', () => {
  const index = new HashIndex(() => 7, 1024)
  const taken = Array.from({ length: 200 }, (_, slot) => index.add(`${slot}`, 7, slot)).filter(Boolean).length
  expect(taken).toBe(129)
  expect(index.find('150', 7, [])).toBeUndefined()
})
