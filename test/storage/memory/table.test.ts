import { expect, test } from 'vitest'
import { Table } from '../../../src/storage/memory/table.ts'

const SHARD_KEYS = 8192
const COUNT = 25_000

test.each([
  ['counted up', (i: number) => `client ${i}`],
  ['of one character', (i: number) => String.fromCharCode(i)],
  ['that all end alike', (i: number) => `${i} of the same large company`],
  ['that end alike in part', (i: number) => `${i}@${i % 2 === 0 ? 'the same large company' : i}`],
])('keys %s are found again, in shards of at most so many', (_, keyOf) => {
  const table = new Table()
  for (let i = 0; i < COUNT; i++) table.findOrAdd(keyOf(i))
  expect(table.size).toBe(COUNT)
  expect(table.shards.reduce((sum, { size }) => sum + size, 0)).toBe(COUNT)
  expect(Math.max(...table.shards.map(({ size }) => size))).toBeLessThanOrEqual(SHARD_KEYS)
  for (let i = 0; i < COUNT; i++) {
    const { shard, slot } = table.find(keyOf(i))
    if (slot === undefined || shard.keyAt(slot) !== keyOf(i)) expect([i, slot]).toBe('its place')
  }
  expect(table.find('none').slot).toBeUndefined()
})

test('up to 16,384 keys are in one shard', () => {
  const table = new Table()
  for (let i = 0; i < 16_384; i++) table.findOrAdd(`${i}`)
  expect(table.shards).toHaveLength(1)
  table.findOrAdd('one more')
  expect(table.shards.length).toBeGreaterThan(1)
})

test('once the last key is gone, one shard is left', () => {
  const table = new Table()
  for (let i = 0; i < COUNT; i++) table.findOrAdd(`${i}`)
  for (const shard of table.shards) while (shard.size > 0) table.remove(shard, shard.size - 1)
  expect([table.size, table.shards.length]).toEqual([0, 1])
  expect(table.findOrAdd('1').slot).toBe(0)
})
