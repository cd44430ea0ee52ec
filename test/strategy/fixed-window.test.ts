import { describe, expect, test } from 'vitest'
import { fixedWindow, fixedWindowElasticExpiry } from '../../src/strategy/fixed-window.ts'
import { limitOf, play } from './timeline.ts'

const limit = limitOf(3, 100)

describe('fixed-window', () => {
  test('opens with the first charge and is over at its end', () => {
    play(fixedWindow, limit, [
      [0, 0, 'ok', 3, 0, 0],
      [7, 1, 'ok', 2, 107, 7],
      [106, 2, 'ok', 0, 107, 106],
      [106, 1, 'no', 0, 107, 107],
      [107, 3, 'ok', 0, 207, 107],
      [500, 1, 'ok', 2, 600, 500],
    ])
  })

  test('a cost that does not fit spends nothing, and one above the amount never passes', () => {
    play(fixedWindow, limit, [
      [0, 4, 'no', 3, 0, 'never'],
      [0, 2, 'ok', 1, 100, 0],
      [1, 2, 'no', 1, 100, 100],
      [1, 4, 'no', 1, 100, 'never'],
      [1, 1, 'ok', 0, 100, 1],
    ])
  })

  test('an amount of 0 refuses everything for ever', () => {
    play(fixedWindow, limitOf(0, 100), [
      [0, 0, 'ok', 0, 0, 0],
      [0, 1, 'no', 0, 0, 'never'],
    ])
  })

  test('a window from the future ends one window from now', () => {
    play(fixedWindow, limit, [
      [1000, 3, 'ok', 0, 1100, 1000],
      [20, 1, 'no', 0, 120, 120],
      [1050, 1, 'no', 0, 1100, 1100],
    ])
    expect(fixedWindow.rewind([3, 1100], limit, 1000)).toEqual([3, 1100])
    expect(fixedWindow.rewind([3, 1100], limit, 999)).toEqual([3, 1099])
  })

  test('keeps the count and the end, until the end', () => {
    expect(fixedWindow.step([1, 150], limit, 2, 120)).toMatchObject({ next: [3, 150], expiresAt: 150 })
    expect(fixedWindow.step([1, 150], limit, 2, 150)).toMatchObject({ next: [2, 250], expiresAt: 250 })
    expect(fixedWindow.step([1, 150], limit, 3, 120).onRefusal).toBeUndefined()
  })
})

describe('fixed-window-elastic-expiry', () => {
  test('every cost moves the end, also a refused one, and cost 0 does not', () => {
    play(fixedWindowElasticExpiry, limit, [
      [0, 1, 'ok', 2, 100, 0],
      [60, 2, 'ok', 0, 160, 60],
      [159, 1, 'no', 0, 259, 259],
      [200, 9, 'no', 0, 300, 'never'],
      [299, 0, 'ok', 0, 300, 299],
      [300, 1, 'ok', 2, 400, 300],
    ])
  })

  test('a refusal keeps the count; where nothing is counted there is nothing to keep', () => {
    expect(fixedWindowElasticExpiry.step([2, 150], limit, 2, 120)).toMatchObject({
      next: undefined,
      onRefusal: [2, 220],
      expiresAt: 220,
      now: { remaining: 1, resetAt: 150 },
      after: { remaining: 1, resetAt: 220 },
    })
    for (const state of [undefined, [2, 120]]) {
      const refused = fixedWindowElasticExpiry.step(state, limit, 4, 120)
      expect(refused).toMatchObject({
        allowed: false,
        now: { remaining: 3, resetAt: 120 },
        after: { remaining: 3, resetAt: 120 },
      })
      expect(refused.onRefusal).toBeUndefined()
    }
  })
})
