import { expect, test } from 'vitest'
import { tokenBucket } from '../../src/strategy/token-bucket.ts'
import { limitOf, play } from './timeline.ts'

test('tokens come back one by one, evenly', () => {
  play(tokenBucket, limitOf(4, 100), [
    [0, 0, 'ok', 4, 0, 0],
    [0, 4, 'ok', 0, 25, 0],
    [24, 1, 'no', 0, 25, 25],
    [24, 3, 'no', 0, 25, 75],
    [24, 5, 'no', 0, 25, 'never'],
    [25, 1, 'ok', 0, 50, 25],
    [60, 1, 'ok', 0, 75, 60],
    [149, 0, 'ok', 3, 150, 149],
    [150, 4, 'ok', 0, 175, 150],
    [1000, 1, 'ok', 3, 1025, 1000],
  ])
})

test('where tokens do not come in whole milliseconds none is lost: 3 per 100 ms is 3 per 100 ms', () => {
  play(tokenBucket, limitOf(3, 100), [
    [0, 3, 'ok', 0, 34, 0],
    [33, 1, 'no', 0, 34, 34],
    [34, 1, 'ok', 0, 67, 34],
    [67, 1, 'ok', 0, 100, 67],
    [100, 1, 'ok', 0, 134, 100],
  ])
})

test('keeps when, and what was missing then, until nothing is missing', () => {
  const limit = limitOf(3, 100)
  expect(tokenBucket.step(undefined, limit, 1, 10)).toMatchObject({ next: [10, 100], expiresAt: 44 })
  expect(tokenBucket.step([10, 100], limit, 1, 30)).toMatchObject({ next: [30, 140], expiresAt: 77 })
})

test('an amount of 0 refuses everything for ever', () => {
  play(tokenBucket, limitOf(0, 100), [
    [0, 0, 'ok', 0, 0, 0],
    [0, 1, 'no', 0, 0, 'never'],
  ])
})

test('a level from the future is one of now', () => {
  const limit = limitOf(4, 100)
  expect(tokenBucket.rewind([50, 300], limit, 50)).toEqual([50, 300])
  expect(tokenBucket.rewind([50, 300], limit, 49)).toEqual([49, 300])
})
