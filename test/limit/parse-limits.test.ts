import { describe, expect, test } from 'vitest'
import { ConfigurationError, NotationError } from '../../src/errors.ts'
import { formatLimits, parseLimit, parseLimits, UNITS_EXPECTED } from '../../src/limit/parse-limits.ts'

function errorOf(notation: unknown): NotationError {
  try {
    parseLimits(notation as string)
  } catch (error) {
    return error as NotationError
  }
  throw new Error(`${JSON.stringify(notation)} was read`)
}

test.each([
  ['5/minute', '5 per 1 minute'],
  ['5 per minute', '5 per 1 minute'],
  [' 5\tPER\n2\fMinutes\r\v', '5 per 2 minute'],
  ['5per2days', '5 per 2 day'],
  ['5 /hours', '5 per 1 hour'],
  ['005/002 seconds', '5 per 2 second'],
  ['0/year', '0 per 1 year'],
  ['1/second;2/minute, 3/hour|4 per 2 months', '1 per 1 second; 2 per 1 minute; 3 per 1 hour; 4 per 2 month'],
  ['9007199254740991/second', '9007199254740991 per 1 second'],
])('%j is read as %s', (notation, text) => {
  expect(formatLimits(parseLimits(notation))).toBe(text)
})

describe('what cannot be read', () => {
  const separator = '",", ";", "|" or the end'
  const number = 'a number, as the 5 in "5 per minute"'
  test.each([
    ['', 0, number, 'the end'],
    [' \n', 2, number, 'the end'],
    ['minute', 0, number, '"minute"'],
    ['-1/minute', 0, number, '"-"'],
    ['10 minute', 3, '"per" or "/"', '"minute"'],
    ['1_000/minute', 1, '"per" or "/"', '"_"'],
    ['1.5/minute', 1, '"per" or "/"', '"."'],
    ['10', 2, '"per" or "/"', 'the end'],
    ['1/', 2, 'a number or a unit of time', 'the end'],
    ['1//minute', 2, 'a number or a unit of time', '"/"'],
    ['1/1 1 minute', 4, 'a unit of time', '"1"'],
    ['1/1.5 minutes', 3, 'a unit of time', '"."'],
    ['1/minute s', 9, separator, '"s"'],
    ['1/minute 2/hour', 9, separator, '"2"'],
    ['1/minute: 2/hour', 8, separator, '":"'],
    ['1/minute;', 9, number, 'the end'],
    ['1/minute;;2/hour', 9, number, '";"'],
    ['5 per fortnight', 6, UNITS_EXPECTED, '"fortnight"'],
    ['5/minutess', 2, UNITS_EXPECTED, '"minutess"'],
    ['5/minute;1/week', 11, UNITS_EXPECTED, '"week"'],
    ['1/\u017fecond', 2, UNITS_EXPECTED, '"\u017fecond"'],
    ['1\u00a0per minute', 1, '"per" or "/"', '"\u00a0" (U+00A0)'],
    ['\ufeff1/minute', 0, number, '"\ufeff" (U+FEFF)'],
    ['\u{1f600}', 0, number, '"\u{1f600}" (U+1F600)'],
    ['1/minut\u0435', 7, separator, '"\u0435" (U+0435)'],
  ])('%j: at position %d %s was expected, not %s', (notation, position, expected, got) => {
    const error = errorOf(notation)
    expect(error).toBeInstanceOf(NotationError)
    expect(error).toMatchObject({ code: 'ERR_LIMIT_SYNTAX', notation, position, expected })
    expect(error.message).toBe(
      `cannot read the limit ${JSON.stringify(notation)}: at position ${position} expected ${expected}, got ${got}`,
    )
  })

  test.each([undefined, null, 5, true, { amount: 5 }, ['5/minute'], Symbol('5')])('%o is no text', (value) => {
    const error = errorOf(value)
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(error.message).toMatch(/^a limit is written as text such as "5 per minute", got /)
  })
})

// DECISIONS: parse-zero-multiple-is-one, parse-unbounded-integers.
test.each([
  ['1/0 minutes', 2, '0'],
  ['1/00 minutes', 2, '00'],
  ['5/second; 9007199254740992/minute', 10, '9007199254740992'],
  ['99999999999999999999999/minute', 0, '99999999999999999999999'],
  ['1/9007199254741 seconds', 2, '9007199254741'],
  ['1/289584 years', 2, '289584'],
])('%j is out of range at position %d', (notation, position, got) => {
  const error = errorOf(notation)
  expect(error).toMatchObject({ code: 'ERR_LIMIT_RANGE', notation, position })
  expect(error.message).toBe(
    `cannot use the limit ${JSON.stringify(notation)}: at position ${position} expected ${error.expected}, got ${got}`,
  )
})

test('parseLimit reads exactly one', () => {
  expect(parseLimit('5/minute').text).toBe('5 per 1 minute')
  expect(() => parseLimit('5/minute; 100/day')).toThrow(
    'at position 10 expected the end, for only one limit can stand here, got "100"',
  )
})
