import { expect, test } from 'vitest'
import { nearest } from '../src/nearest.ts'

test.each([
  ['defaultLimit', 'defaultLimits'],
  ['DEFAULTLIMITS', 'defaultLimits'],
  ['storgae', 'storage'],
  ['storageTimout', 'storageTimeout'],
  ['stroageTimeout', 'storageTimeout'],
  ['key', 'key'],
  ['kye', 'key'],
  ['banana', undefined],
  ['x', undefined],
  ['', undefined],
])('for %j the nearest name is %s', (word, name) => {
  expect(nearest(word, ['key', 'storage', 'storageTimeout', 'defaultLimits'])).toBe(name)
})

test('among names equally near the first is taken, and among none none', () => {
  expect(nearest('limix', ['limit', 'limiz'])).toBe('limit')
  expect(nearest('limit', [])).toBeUndefined()
})
