import { expect, test } from 'vitest'
import { slidingWindowCounter } from '../../src/strategy/sliding-window-counter.ts'
import { limitOf, play } from './timeline.ts'

const limit = limitOf(4, 100)

test('the previous window counts for the part that is still covered', () => {
  play(slidingWindowCounter, limit, [
    [0, 0, 'ok', 4, 0, 0],
    [0, 4, 'ok', 0, 101, 0],
    [100, 1, 'no', 0, 101, 101],
    [101, 1, 'ok', 0, 126, 101],
    [125, 1, 'no', 0, 126, 126],
    [125, 2, 'no', 0, 126, 151],
    [150, 1, 'ok', 0, 151, 150],
    [199, 2, 'ok', 0, 201, 199],
    [201, 1, 'ok', 0, 226, 201],
  ])
})

test('at the end of a window it is still the current one; the grid goes on from there', () => {
  expect(slidingWindowCounter.step([0, 2, 1], limit, 1, 99).next).toEqual([0, 3, 1])
  expect(slidingWindowCounter.step([0, 2, 1], limit, 1, 100)).toMatchObject({ next: [0, 3, 1], expiresAt: 200 })
  expect(slidingWindowCounter.step([0, 2, 1], limit, 1, 101)).toMatchObject({ next: [100, 1, 2], expiresAt: 300 })
  expect(slidingWindowCounter.step([0, 2, 1], limit, 1, 199).next).toEqual([100, 1, 2])
  expect(slidingWindowCounter.step([0, 2, 1], limit, 1, 200)).toMatchObject({ next: [200, 1, 0], expiresAt: 400 })
})

test('asking does not move the grid', () => {
  play(slidingWindowCounter, limit, [
    [0, 0, 'ok', 4, 0, 0],
    [30, 9, 'no', 4, 30, 'never'],
    [50, 4, 'ok', 0, 151, 50],
    [200, 1, 'ok', 1, 201, 200],
  ])
})

test('a start in the future is now, and what is then too much has to go first', () => {
  expect(slidingWindowCounter.rewind([100, 1, 2], limit, 100)).toEqual([100, 1, 2])
  expect(slidingWindowCounter.rewind([100, 1, 2], limit, 99)).toEqual([99, 1, 2])
  const over = slidingWindowCounter.step([0, 3, 4], limit, 1, 0)
  expect(over).toMatchObject({ allowed: false, now: { remaining: 0, resetAt: 76 }, retryAt: 76 })
  expect(slidingWindowCounter.step([0, 3, 4], limit, 1, 75).allowed).toBe(false)
  expect(slidingWindowCounter.step([0, 3, 4], limit, 1, 76).allowed).toBe(true)
})
