import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { httpDate, parseHttpDate } from '../../src/http/http-date.ts'
import { NOW } from './builders.ts'

const EXAMPLE = Date.UTC(1994, 10, 6, 8, 49, 37)

test('an instant is written as an IMF-fixdate', () => {
  expect(httpDate(EXAMPLE)).toBe('Sun, 06 Nov 1994 08:49:37 GMT')
  expect(httpDate(EXAMPLE + 999)).toBe('Sun, 06 Nov 1994 08:49:37 GMT')
})

test.each(['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994'])(
  '%s is read, as every recipient must (RFC 9110 §5.6.7)',
  (text) => {
    expect(parseHttpDate(text, NOW)).toBe(EXAMPLE)
  },
)

test.each([
  ['Saturday, 14-Nov-73 00:00:00 GMT', 2073],
  ['Saturday, 14-Nov-74 00:00:00 GMT', 1974],
  ['Saturday, 14-Nov-00 00:00:00 GMT', 2000],
])('the year of %s, read in 2023, is %d', (text, year) => {
  expect(new Date(parseHttpDate(text, NOW) ?? 0).getUTCFullYear()).toBe(year)
})

test('a leap second is the first second of the next minute', () => {
  expect(parseHttpDate('Sat, 31 Dec 2016 23:59:60 GMT', NOW)).toBe(Date.UTC(2017, 0, 1))
})

test('a year below 100 is that year', () => {
  expect(parseHttpDate('Mon, 01 Jan 0050 00:00:00 GMT', NOW)).toBe(Date.parse('0050-01-01T00:00:00Z'))
})

test.each([
  '',
  'soon',
  '0',
  '2023-11-14T22:13:20Z',
  'Tue, 14 Nov 2023 22:13:20',
  'Tue, 14 Nov 2023 22:13:20 UTC',
  'Tue, 14 Nov 2023 22:13:20 +0100',
  'Tue, 14 nov 2023 22:13:20 GMT',
  'Tue, 31 Feb 2023 22:13:20 GMT',
  'Tue, 00 Nov 2023 22:13:20 GMT',
  'Tue, 14 Nov 2023 24:00:00 GMT',
  'Tue, 14 Nov 2023 22:60:00 GMT',
  'Tue, 14 Nov 2023 22:13:20 GMT\n',
  ' Tue, 14 Nov 2023 22:13:20 GMT',
])('%j is no HTTP-date', (text) => {
  expect(parseHttpDate(text, NOW)).toBeUndefined()
})

test('every date that is written is read back', () => {
  const seconds = fc.integer({ min: Date.UTC(1, 0) / 1000, max: Date.UTC(9999, 11, 31) / 1000 })
  fc.assert(
    fc.property(seconds, (second) => {
      expect(parseHttpDate(httpDate(second * 1000), NOW)).toBe(second * 1000)
    }),
  )
})
