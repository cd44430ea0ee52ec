import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodePolicyName, policyNames } from '../../src/http/policy-names.ts'
import { breachedLimit, currentLimit } from './builders.ts'

const named = (...names: string[]) => names.map((name) => currentLimit({ name }))

test('limits keep their names where these are unlike each other', () => {
  expect(policyNames(named('burst', 'daily'))).toEqual(['burst', 'daily'])
})

test('limits of one name are numbered from the second on', () => {
  expect(policyNames(named('api', 'api', 'api'))).toEqual(['api', 'api-2', 'api-3'])
})

test('a number that is taken by another name is passed over', () => {
  expect(policyNames(named('api', 'api-2', 'api'))).toEqual(['api', 'api-2', 'api-3'])
  expect(policyNames(named('api', 'api', 'api-2'))).toEqual(['api', 'api-2', 'api-2-2'])
})

test('a meta limit has a name only where it refused', () => {
  const quiet = currentLimit({ source: 'meta', name: 'ban' })
  const refusing = breachedLimit({ source: 'meta', name: 'ban' })
  expect(policyNames([currentLimit(), quiet, refusing])).toEqual(['default', undefined, 'ban'])
})

test.each([
  ['per minute', 'per minute'],
  ['täglich', 't%C3%A4glich'],
  ['a\r\nb', 'a%0D%0Ab'],
  ['50%', '50%25'],
  ['\u{1F600}', '%F0%9F%98%80'],
  ['\ud83d', '%EF%BF%BD'],
  ['"a\\b"', '"a\\b"'],
])('the name %j is sent as %s', (name, expected) => {
  expect(encodePolicyName(name)).toBe(expected)
})

test('every name is sent in printable ASCII and can be decoded again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (name) => {
      const sent = encodePolicyName(name)
      expect(sent).toMatch(/^[ -~]*$/)
      expect(decodeURIComponent(sent)).toBe(name)
    }),
  )
})
