import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CurrentLimit } from '../../src/limiter/decision.ts'
import { breachedLimit, currentLimit, decisionOf, limitOf, NOW } from './builders.ts'
import { headersOf } from './headers-of.ts'
import { parseDictionary, parseList } from './structured-field-parser.ts'

/** The `standard` headers of a request that met these limits. */
const standard = (limits: readonly CurrentLimit[]) => headersOf({ headers: 'standard' }, decisionOf(limits))

const allowed = () => decisionOf([currentLimit()])

const refused = () => decisionOf([breachedLimit()])

describe('standard', () => {
  test('each limit is an item of both headers', () => {
    const burst = currentLimit({ name: 'burst', limit: limitOf(100), remaining: 50, resetAt: NOW + 29_001 })
    const daily = currentLimit({ name: 'daily', limit: limitOf(1000, 'day', 2), remaining: 999, resetAt: NOW })
    expect(standard([burst, daily])).toEqual({
      'RateLimit-Policy': '"burst";q=100;w=60, "daily";q=1000;w=172800',
      RateLimit: '"burst";r=50;t=30, "daily";r=999;t=0',
    })
  })

  test('a refusal adds Retry-After, an allowed request does not have it', () => {
    expect(standard([currentLimit()])).not.toHaveProperty('Retry-After')
    expect(standard([breachedLimit()])).toMatchObject({ RateLimit: '"default";r=0;t=60', 'Retry-After': '60' })
  })

  test('a request without limits has no headers', () => {
    expect(standard([])).toEqual({})
  })

  test('a meta limit is an item only where it refused', () => {
    const meta = { source: 'meta', name: 'ban', limit: limitOf(3, 'hour') } as const
    expect(standard([currentLimit(), currentLimit(meta)])['RateLimit-Policy']).toBe('"default";q=10;w=60')
    expect(standard([breachedLimit(meta)])['RateLimit-Policy']).toBe('"ban";q=3;w=3600')
    expect(standard([currentLimit(meta)])).toEqual({})
  })

  test('limits of one name are told apart', () => {
    const limits = [currentLimit({ name: 'api' }), currentLimit({ name: 'api', limit: limitOf(100, 'hour') })]
    expect(standard(limits)['RateLimit-Policy']).toBe('"api";q=10;w=60, "api-2";q=100;w=3600')
  })

  test('one limit under two names is two policies', () => {
    const limit = limitOf(7)
    expect(standard([currentLimit({ limit, name: 'a' })])['RateLimit-Policy']).toBe('"a";q=7;w=60')
    expect(standard([currentLimit({ limit, name: 'b' })])['RateLimit-Policy']).toBe('"b";q=7;w=60')
  })

  test('an amount of more than 15 digits is written as the greatest that a structured field holds', () => {
    const huge = currentLimit({ limit: limitOf(Number.MAX_SAFE_INTEGER), remaining: Number.MAX_SAFE_INTEGER - 1 })
    expect(standard([huge])).toMatchObject({
      'RateLimit-Policy': '"default";q=999999999999999;w=60',
      RateLimit: '"default";r=999999999999999;t=60',
    })
  })

  test('whatever the names, both headers are read back as they were meant', () => {
    const names = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('a"b', 'a\\', 'a\r\nX: y', 'ä', '%41', ', ;=', 'a', 'a-2'),
    )
    const amounts = fc.integer({ min: 0, max: 999_999_999_999_999 })
    const limit = fc.record({ name: names, amount: amounts, remaining: amounts, seconds: fc.nat() })
    fc.assert(
      fc.property(fc.array(limit, { minLength: 1, maxLength: 5 }), (given) => {
        const limits = given.map(({ name, amount, remaining, seconds }) =>
          currentLimit({ name, limit: limitOf(amount), remaining, resetAt: NOW + seconds * 1000 }),
        )
        const headers = standard(limits)
        const policies = parseList(headers['RateLimit-Policy'] ?? '')
        const states = parseList(headers['RateLimit'] ?? '')
        expect(policies.map(({ parameters }) => parameters)).toEqual(given.map(({ amount }) => ({ q: amount, w: 60 })))
        expect(states.map(({ parameters }) => parameters)).toEqual(
          given.map(({ remaining, seconds }) => ({ r: remaining, t: seconds })),
        )
        const sent = policies.map(({ value }) => decodeURIComponent(String(value)))
        expect(new Set(sent).size).toBe(given.length)
        for (const [i, { name }] of given.entries()) expect(sent[i]?.startsWith(name)).toBe(true)
        expect(states.map(({ value }) => value)).toEqual(policies.map(({ value }) => value))
      }),
    )
  })
})

describe('older drafts', () => {
  test('draft-6 is a policy and three numbers of the shown limit', () => {
    expect(headersOf({ headers: 'draft-6' }, allowed())).toEqual({
      'RateLimit-Policy': '10;w=60',
      'RateLimit-Limit': '10',
      'RateLimit-Remaining': '4',
      'RateLimit-Reset': '60',
    })
  })

  test('draft-7 is a policy and a dictionary of the shown limit', () => {
    const headers = headersOf({ headers: 'draft-7' }, refused())
    expect(headers).toEqual({
      'RateLimit-Policy': '10;w=60',
      RateLimit: 'limit=10, remaining=0, reset=60',
      'Retry-After': '60',
    })
    expect(parseDictionary(headers['RateLimit'] ?? '')).toMatchObject({
      limit: { value: 10 },
      remaining: { value: 0 },
      reset: { value: 60 },
    })
    expect(parseList(headers['RateLimit-Policy'] ?? '')).toEqual([{ value: 10, parameters: { w: 60 } }])
  })

  test.each(['draft-6', 'draft-7'] as const)('%s says nothing where there is no limit', (set) => {
    expect(headersOf({ headers: set }, decisionOf([]))).toEqual({})
  })
})
