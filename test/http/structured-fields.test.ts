import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { serializeInteger, serializeItem, serializeString } from '../../src/http/structured-fields.ts'
import { parseList } from './structured-field-parser.ts'

test.each([
  ['daily', '"daily"'],
  ['', '""'],
  ['a "quoted" name', '"a \\"quoted\\" name"'],
  ['C:\\path', '"C:\\\\path"'],
  ['a,b;c=d', '"a,b;c=d"'],
])('the string %j is written as %s', (value, expected) => {
  expect(serializeString(value)).toBe(expected)
})

test.each(['ä', 'a\r\nSet-Cookie: x', '\t', '\0', '\x7f', '\u{1F600}'])('the string %j cannot be written', (value) => {
  expect(() => serializeString(value)).toThrow(RangeError)
})

test('an integer of more than 15 digits is written as the greatest that a structured field holds', () => {
  expect(serializeInteger(0)).toBe('0')
  expect(serializeInteger(999_999_999_999_999)).toBe('999999999999999')
  expect(serializeInteger(Number.MAX_SAFE_INTEGER)).toBe('999999999999999')
})

test('parameters follow their item in order and without spaces', () => {
  expect(serializeItem('daily', { q: 1000, w: 86400 })).toBe('"daily";q=1000;w=86400')
  expect(serializeItem(100, { w: 60, comment: 'per minute' })).toBe('100;w=60;comment="per minute"')
})

test('every item of printable ASCII is read back as it was', () => {
  const text = fc.stringMatching(/^[ -~]*$/)
  const integer = fc.integer({ min: 0, max: 999_999_999_999_999 })
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.oneof(text, integer), text, integer)), (items) => {
      const list = items.map(([value, a, b]) => serializeItem(value, { a, b })).join(', ')
      expect(parseList(list)).toEqual(items.map(([value, a, b]) => ({ value, parameters: { a, b } })))
    }),
  )
})
