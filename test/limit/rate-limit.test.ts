import { describe, expect, test } from 'vitest'
import { ConfigurationError } from '../../src/errors.ts'
import { compareLimits, equalLimits, rateLimit } from '../../src/limit/rate-limit.ts'
import type { Granularity } from '../../src/limit/rate-limit.ts'

describe('rateLimit', () => {
  test.each<[number, Granularity, number, number, string]>([
    [5, 'second', 1, 1_000, '5 per 1 second'],
    [5, 'minute', 2, 120_000, '5 per 2 minute'],
    [0, 'hour', 1, 3_600_000, '0 per 1 hour'],
    [1, 'day', 30, 2_592_000_000, '1 per 30 day'],
    [1, 'month', 1, 2_592_000_000, '1 per 1 month'],
    [1, 'year', 1, 31_104_000_000, '1 per 1 year'],
    [2 ** 53 - 1, 'second', 9_007_199_254_740, 9_007_199_254_740_000, '9007199254740991 per 9007199254740 second'],
  ])('%d per %s × %d lasts %d ms and reads "%s"', (amount, granularity, multiples, windowMs, text) => {
    expect(rateLimit(amount, granularity, multiples)).toEqual({ amount, granularity, multiples, windowMs, text })
  })

  test('is frozen, and one unit long where nothing else is said', () => {
    expect(Object.isFrozen(rateLimit(1, 'second'))).toBe(true)
    expect(rateLimit(1, 'second').multiples).toBe(1)
  })

  test.each([
    [-1, 1, 'the amount of a limit must be an integer from 0 to 9007199254740991, got -1'],
    [1.5, 1, 'got 1.5'],
    [2 ** 53, 1, 'got 9007199254740992'],
    [NaN, 1, 'got NaN'],
    [1, 0, 'the multiples of a limit must be an integer from 1 to 9007199254740 for a second, got 0'],
    [1, 0.5, 'got 0.5'],
    [1, 9_007_199_254_741, 'got 9007199254741'],
    [1, Infinity, 'got Infinity'],
  ])('%d per %d seconds is out of range', (amount, multiples, message) => {
    const make = () => rateLimit(amount, 'second', multiples)
    expect(make).toThrow(message)
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_LIMIT_RANGE', name: 'ConfigurationError' }))
  })

  test('an unknown unit is an error that names the nearest', () => {
    const make = (unit: string) => () => rateLimit(1, unit as Granularity)
    expect(make('minutes')).toThrow(ConfigurationError)
    expect(make('minutes')).toThrow('got "minutes"; did you mean "minute"?')
    expect(make('toString')).toThrow('must be one of second, minute, hour, day, month, year, got "toString"')
  })
})

test('limits are equal where they are written alike', () => {
  expect(equalLimits(rateLimit(60, 'minute'), rateLimit(60, 'minute', 1))).toBe(true)
  expect(equalLimits(rateLimit(60, 'minute'), rateLimit(60, 'second', 60))).toBe(false)
  expect(equalLimits(rateLimit(60, 'minute'), rateLimit(61, 'minute'))).toBe(false)
})

test('limits are ordered by the length of their windows, not by their units', () => {
  const limits = [rateLimit(1, 'second', 90), rateLimit(1, 'year'), rateLimit(9, 'minute'), rateLimit(1, 'month', 11)]
  expect(limits.sort(compareLimits).map((limit) => limit.text)).toEqual([
    '9 per 1 minute',
    '1 per 90 second',
    '1 per 11 month',
    '1 per 1 year',
  ])
})
