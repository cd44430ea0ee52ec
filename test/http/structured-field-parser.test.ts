import { expect, test } from 'vitest'
import { parseDictionary, parseList } from './structured-field-parser.ts'

test('the parser of these tests reads the examples of the draft', () => {
  expect(parseList('"burst";q=100;w=60,"daily";q=1000;w=86400')).toEqual([
    { value: 'burst', parameters: { q: 100, w: 60 } },
    { value: 'daily', parameters: { q: 1000, w: 86400 } },
  ])
  expect(parseDictionary('limit=100, remaining=42')).toEqual({
    limit: { value: 100, parameters: {} },
    remaining: { value: 42, parameters: {} },
  })
})

test.each(['"a"b"; r=4', '"a', '"a\\b"', '"a",', '"a" "b"', '"a";R=1', '1234567890123456', '"ä"', '"a";q=1.5'])(
  'the parser of these tests refuses %s',
  (text) => {
    expect(() => parseList(text)).toThrow()
  },
)
