import { describe, expect, test } from 'vitest'
import { parseLimit } from '../../src/limit/parse-limits.ts'
import { decide } from '../../src/storage/kernel.ts'
import type { Entry, EvaluateOptions } from '../../src/storage/storage.ts'
import type { State } from '../../src/strategy/strategy.ts'

const NOW = 1_000_000
const END = NOW + 500
const FULL: State = [3, END]

/** An entry of 3 per second, and the state it meets. */
function meets(state: State | undefined, other: Partial<Entry> = {}): { entry: Entry; state: State | undefined } {
  return {
    state,
    entry: { key: '', limit: parseLimit('3/second'), strategy: 'fixed-window', cost: 1, role: 'limit', ...other },
  }
}

/** What becomes of these entries: whether they pass, and the state written for each. */
function ruled(
  scene: readonly ReturnType<typeof meets>[],
  options?: EvaluateOptions,
): [boolean, ...(State | undefined)[]] {
  const entries = scene.map(({ entry }, i) => ({ ...entry, key: String(i) }))
  const { result, writes } = decide(
    entries,
    scene.map(({ state }) => state),
    NOW,
    options,
  )
  return [result.allowed, ...writes.map((write) => write?.state)]
}

const elastic = { strategy: 'fixed-window-elastic-expiry' } as const
const watching = { role: 'meta', watches: [0] } as const
const settle = { role: 'settle' } as const

describe('what is written', () => {
  test.each([
    ['an allowed limit is charged', [meets(undefined)], [true, [1, NOW + 1000]]],
    ['a refused limit is not', [meets(FULL)], [false, undefined]],
    ['a refusal spares the limits beside it', [meets(FULL), meets([1, END])], [false, undefined, undefined]],
    [
      'a peek is never charged',
      [meets(undefined, { role: 'peek' }), meets(undefined)],
      [true, undefined, [1, NOW + 1000]],
    ],
    [
      'a peek that refuses, refuses all',
      [meets(FULL, { role: 'peek' }), meets(undefined)],
      [false, undefined, undefined],
    ],
    [
      'a meta is not charged where nothing refuses',
      [meets(undefined), meets(undefined, watching)],
      [true, [1, NOW + 1000], undefined],
    ],
    [
      'a meta is charged where what it watches refuses',
      [meets(FULL), meets([1, END], watching)],
      [false, undefined, [2, END]],
    ],
    [
      'a meta is not charged where something else refuses',
      [meets(undefined), meets(FULL), meets([1, END], watching)],
      [false, undefined, undefined, undefined],
    ],
    [
      'a meta that watches nothing is never charged',
      [meets(FULL), meets(undefined, { role: 'meta' })],
      [false, undefined, undefined],
    ],
    [
      'an exhausted meta refuses, and nothing is written',
      [meets(FULL, elastic), meets(FULL, watching), meets(undefined, watching)],
      [false, undefined, undefined, undefined],
    ],
    [
      'an exhausted meta that does not gate lets pass',
      [meets(undefined), meets(FULL, { ...watching, gates: false })],
      [true, [1, NOW + 1000], undefined],
    ],
    [
      'a meta that does not gate counts on',
      [meets(FULL), meets([1, END], { ...watching, gates: false })],
      [false, undefined, [2, END]],
    ],
    [
      'a meta that refuses without gating is left as it is',
      [meets(FULL), meets(FULL, { ...elastic, ...watching, gates: false })],
      [false, undefined, undefined],
    ],
    ['a refused elastic window moves', [meets(FULL, elastic)], [false, [3, NOW + 1000]]],
    [
      'an elastic window that allows does not, where another one refuses',
      [meets([1, END], elastic), meets(FULL)],
      [false, undefined, undefined],
    ],
    ['an elastic peek does not move', [meets(FULL, { ...elastic, role: 'peek' })], [false, undefined]],
    ['a settle charges its cost', [meets([1, END], { ...settle, cost: 2 })], [true, [3, END]]],
    [
      'a settle fills what is left',
      [meets([1, END], { ...settle, cost: 5 }), meets(FULL, settle)],
      [true, [3, END], undefined],
    ],
    [
      'cost 0 writes nothing',
      [meets(undefined, { cost: 0 }), meets(FULL, { ...elastic, cost: 0 })],
      [true, undefined, undefined],
    ],
    ['a state from the future is pulled back', [meets([1, NOW + 9000])], [true, [2, NOW + 1000]]],
    [
      'it stays pulled back also where nothing is charged',
      [meets([3, NOW + 9000]), meets([1, NOW + 9000]), meets([1, NOW + 9000], { role: 'peek' })],
      [false, [3, NOW + 1000], [1, NOW + 1000], [1, NOW + 1000]],
    ],
  ])('%s', (_, scene, expected) => {
    expect(ruled(scene)).toEqual(expected)
  })

  test('with firstRefusalOnly the refusals after the first count for nothing', () => {
    const scene = [
      meets(FULL, elastic),
      meets(FULL, elastic),
      meets(undefined, watching),
      meets(undefined, { role: 'meta', watches: [1] }),
    ]
    expect(ruled(scene, { firstRefusalOnly: true })).toEqual([
      false,
      [3, NOW + 1000],
      undefined,
      [1, NOW + 1000],
      undefined,
    ])
    expect(ruled(scene)).toEqual([false, [3, NOW + 1000], [3, NOW + 1000], [1, NOW + 1000], [1, NOW + 1000]])
  })
})

test('an unknown strategy is an error', () => {
  const { entry } = meets(undefined, { strategy: 'fixed' as 'fixed-window' })
  expect(() => decide([entry], [undefined], NOW)).toThrow('there is no strategy "fixed"')
})

test('an empty batch is allowed', () => {
  expect(decide([], [], NOW)).toEqual({ result: { allowed: true, now: NOW, verdicts: [] }, writes: [] })
})
