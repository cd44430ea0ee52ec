import { describe, expect, test } from 'vitest'
import { parseLimit } from '../../src/limit/parse-limits.ts'
import { BatchBuilder } from '../../src/limiter/batch.ts'
import { type Call, rule } from './builders.ts'

const minute = parseLimit('5/minute')
const builder = (): BatchBuilder<Call, unknown> => new BatchBuilder(false)

describe('equal keys', () => {
  test('are one entry at the highest cost, under the first rule', () => {
    const [first, second, third] = [rule('5/minute'), rule('5/minute'), rule('5/minute')]
    const batch = builder()
    batch.add(first, minute, 'k', 2)
    batch.add(second, minute, 'k', 3)
    batch.add(third, minute, 'other', 1)
    expect(batch.entries.map(({ key, cost }) => [key, cost])).toEqual([
      ['k', 3],
      ['other', 1],
    ])
    expect(batch.rules).toEqual([first, third])
  })

  test('of which one is charged late are charged at once', () => {
    for (const options of [
      [{}, { deductWhen: () => true }],
      [{ deductWhen: () => true }, {}],
    ]) {
      const batch = builder()
      for (const each of options) batch.add(rule('5/minute', each), minute, 'k', 1)
      expect(batch.entries.map(({ role }) => role)).toEqual(['limit'])
    }
  })

  test('that are both charged late stay so', () => {
    const batch = builder()
    for (const cost of [1, 2]) batch.add(rule('5/minute', { deductWhen: () => true }), minute, 'k', cost)
    expect(batch.entries.map(({ role }) => role)).toEqual(['peek'])
  })

  test('of meta limits are one entry that watches what each of them watches', () => {
    const [one, two, three] = [rule('5/minute'), rule('6/minute'), rule('7/minute')]
    const meta = rule('1/day', {}, 'meta')
    const batch = builder()
    for (const [index, each] of [one, two, three].entries()) batch.add(each, minute, `k${index}`, 1)
    batch.addMeta(meta, minute, 'm', 1, three, true)
    batch.addMeta(meta, minute, 'm', 2, one, true)
    batch.addMeta(meta, minute, 'm', 1, three, true)
    expect(batch.entries.slice(3)).toEqual([
      expect.objectContaining({ key: 'm', role: 'meta', cost: 2, watches: [2, 0], gates: true }),
    ])
  })
})

describe('a meta limit', () => {
  test('of all watches every limit, and no meta limit', () => {
    const batch = builder()
    batch.add(rule('5/minute'), minute, 'a', 1)
    batch.add(rule('6/minute'), minute, 'b', 1)
    batch.addMeta(rule('1/day', {}, 'meta'), minute, 'm', 1, 'all', true)
    batch.addMeta(rule('2/day', {}, 'meta'), minute, 'n', 1, 'all', false)
    expect(batch.entries.slice(2).map(({ watches, gates }) => [watches, gates])).toEqual([
      [[0, 1], true],
      [[0, 1], false],
    ])
  })

  test('of a rule with several limits watches each of them', () => {
    const several = rule('5/minute; 9/hour')
    const batch = builder()
    batch.add(rule('1/second'), minute, 'other', 1)
    batch.add(several, minute, 'a', 1)
    batch.add(several, minute, 'b', 1)
    batch.addMeta(rule('1/day', {}, 'meta'), minute, 'm', 1, several, true)
    expect(batch.entries[3]?.watches).toEqual([1, 2])
  })

  test('of a limit that was left out still gates, and watches nothing', () => {
    const batch = builder()
    batch.addMeta(rule('1/day', {}, 'meta'), minute, 'm', 1, rule('5/minute'), true)
    expect(batch.entries).toEqual([expect.objectContaining({ watches: [], gates: true })])
  })
})
