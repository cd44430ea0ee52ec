import { expect, test } from 'vitest'
import { ManualClock } from '../../src/testing/index.ts'

test('a manual clock moves only when it is told to', () => {
  const clock = new ManualClock()
  const begin = clock.now()
  expect(new Date(begin).toISOString()).toBe('2027-01-15T08:00:00.000Z')
  clock.advance(1500)
  expect(clock.now()).toBe(begin + 1500)
  clock.set(7)
  expect(clock.now()).toBe(7)
})
