import { expect, test } from 'vitest'
import { appendHeaders, hasHeader, isHeaderName, isHeaderValue } from '../../src/http/header-list.ts'

test.each(['Retry-After', 'x', "!#$%&'*+-.^_`|~0Az"])('%j can name a header', (name) => {
  expect(isHeaderName(name)).toBe(true)
})

test.each(['', 'X Limit', 'X-Limit:', 'X-Limit\n', 'X-Lämit', '"X"', 'a/b', '\0'])(
  '%j cannot name a header',
  (name) => {
    expect(isHeaderName(name)).toBe(false)
  },
)

test.each(['', 'a b', 'a\tb', 'caf\xe9'])('%j can be the value of a header', (value) => {
  expect(isHeaderValue(value)).toBe(true)
})

test.each(['a\nb', 'a\r\nb', 'a\n', '\r', '\0', '\x7f', '\u0100', '\u2028'])(
  '%j cannot be the value of a header',
  (value) => {
    expect(isHeaderValue(value)).toBe(false)
  },
)

test('headers of a callback are appended as they are', () => {
  const list = ['A', '1']
  appendHeaders(list, { 'X-Reason': 'too fast', Vary: 'Accept' }, 'onBreach')
  expect(list).toEqual(['A', '1', 'X-Reason', 'too fast', 'Vary', 'Accept'])
})

test('a header of a callback that cannot be sent is an error that shows it', () => {
  expect(() => appendHeaders([], { 'X Reason': 'a' }, 'onBreach')).toThrow(
    /^onBreach answered a header named "X Reason"; expected/,
  )
  expect(() => appendHeaders([], { 'X-Reason': 'a\r\nSet-Cookie: b' }, 'onBreach')).toThrow(
    /^onBreach answered the header X-Reason: "a\\r\\nSet-Cookie: b"; expected/,
  )
  expect(() => appendHeaders([], { Age: 3 as unknown as string }, 'headers')).toThrow(
    expect.objectContaining({ code: 'ERR_CALLBACK', message: expect.stringContaining('Age: 3') }),
  )
})

test('a header is found whatever its case', () => {
  expect(hasHeader(['Retry-After', '5'], 'retry-after')).toBe(true)
  expect(hasHeader(['X', 'retry-after'], 'retry-after')).toBe(false)
})
