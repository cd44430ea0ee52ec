import { expect, test } from 'vitest'
import { movingWindow } from '../../src/strategy/moving-window.ts'
import { limitOf, play } from './timeline.ts'

const limit = limitOf(3, 100)

test('each charge counts for one window from when it was made', () => {
  play(movingWindow, limit, [
    [0, 0, 'ok', 3, 0, 0],
    [0, 1, 'ok', 2, 100, 0],
    [40, 1, 'ok', 1, 100, 40],
    [90, 1, 'ok', 0, 100, 90],
    [99, 1, 'no', 0, 100, 100],
    [100, 1, 'ok', 0, 140, 100],
    [140, 1, 'ok', 0, 190, 140],
  ])
})

test('a larger cost waits until enough has gone', () => {
  play(movingWindow, limit, [
    [0, 1, 'ok', 2, 100, 0],
    [40, 1, 'ok', 1, 100, 40],
    [90, 1, 'ok', 0, 100, 90],
    [95, 1, 'no', 0, 100, 100],
    [95, 2, 'no', 0, 100, 140],
    [95, 3, 'no', 0, 100, 190],
    [95, 4, 'no', 0, 100, 'never'],
    [139, 3, 'no', 1, 140, 190],
    [190, 3, 'ok', 0, 290, 190],
  ])
})

test('what is charged at one instant is one entry', () => {
  expect(movingWindow.step([10, 1], limit, 1, 10)).toMatchObject({ next: [10, 2], expiresAt: 110 })
  expect(movingWindow.step([10, 1], limit, 1, 11)).toMatchObject({ next: [10, 1, 11, 1], expiresAt: 111 })
})

test('what is over is dropped with the next charge', () => {
  expect(movingWindow.step([10, 1, 50, 1], limit, 1, 110).next).toEqual([50, 1, 110, 1])
  expect(movingWindow.step([10, 1, 50, 1], limit, 1, 150).next).toEqual([150, 1])
})

test('the state that a step is given is not touched', () => {
  const state = Object.freeze([10, 1])
  movingWindow.step(state, limit, 1, 10)
  movingWindow.rewind(state, limit, 5)
  expect(state).toEqual([10, 1])
})

test('entries from the future count as made now', () => {
  const state = [10, 1, 50, 1, 60, 1]
  expect(movingWindow.rewind(state, limit, 60)).toBe(state)
  expect(movingWindow.rewind(state, limit, 55)).toEqual([10, 1, 50, 1, 55, 1])
  expect(movingWindow.rewind(state, limit, 50)).toEqual([10, 1, 50, 2])
  expect(movingWindow.rewind(state, limit, 0)).toEqual([0, 3])
})
