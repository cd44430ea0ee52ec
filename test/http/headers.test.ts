import { describe, expect, test } from 'vitest'
import { ConfigurationError } from '../../src/errors.ts'
import type { HeaderOptions } from '../../src/http/header-options.ts'
import { createHeaderWriter } from '../../src/http/headers.ts'
import type { HeaderSet } from '../../src/limiter/options.ts'
import type { Decision } from '../../src/limiter/decision.ts'
import { breachedLimit, currentLimit, decisionOf, NOW } from './builders.ts'
import { headersOf } from './headers-of.ts'

const custom = (headers: Record<string, string>) => ({ headers: () => headers })

const create = (options: unknown) => () => createHeaderWriter(options as HeaderOptions)

const allowed = () => decisionOf([currentLimit()])

const refused = () => decisionOf([breachedLimit()])

const impossible = () => decisionOf([breachedLimit({ retryAt: undefined })])

describe('without headers', () => {
  test('an allowed request has none', () => {
    expect(headersOf({}, allowed())).toEqual({})
    expect(headersOf({ headers: [] }, allowed())).toEqual({})
  })

  test.each([
    [60_000, '60'],
    [59_001, '60'],
    [1000, '1'],
    [1, '1'],
    [0, '1'],
    [-5000, '1'],
  ])('a refusal that lasts %d ms more says Retry-After: %s', (ms, expected) => {
    expect(headersOf({}, decisionOf([breachedLimit()], { retryAt: NOW + ms }))).toEqual({ 'Retry-After': expected })
  })

  test('a refusal says when the request passes, not when the shown limit grows', () => {
    expect(headersOf({}, decisionOf([breachedLimit({ resetAt: NOW + 1000 })]))).toEqual({ 'Retry-After': '60' })
  })

  test('Retry-After can be a date, of the first whole second at which the request passes', () => {
    expect(headersOf({ retryAfter: 'http-date' }, refused())).toEqual({
      'Retry-After': 'Tue, 14 Nov 2023 22:14:21 GMT',
    })
    const atWholeSecond = decisionOf([breachedLimit()], { retryAt: 1_700_000_060_000 })
    expect(headersOf({ retryAfter: 'http-date' }, atWholeSecond)).toEqual({
      'Retry-After': 'Tue, 14 Nov 2023 22:14:20 GMT',
    })
  })

  test('a request that can never pass has no Retry-After', () => {
    expect(headersOf({}, impossible())).toEqual({})
  })
})

describe('legacy', () => {
  test('every answer carries the four headers in the order of the original', () => {
    expect(createHeaderWriter({ headers: 'legacy' })(allowed())).toEqual([
      'X-RateLimit-Limit',
      '10',
      'X-RateLimit-Remaining',
      '4',
      'X-RateLimit-Reset',
      '1700000061',
      'Retry-After',
      '60',
    ])
  })

  // now and resetAt in seconds after the epoch second 1700000000; the first six are recorded from Flask-Limiter.
  test.each([
    [0.25, 60.25, '61', '60'],
    [7.25, 60.25, '61', '53'],
    [59.25, 60.25, '61', '1'],
    [2.625, 121.75, '122', '119'],
    [85.5, 104.625, '105', '19'],
    [48.25, 66.75, '67', '18'],
    // tag reset-overshoots-whole-second: rounded up, not up and one more
    [0, 60, '60', '60'],
    [10, 60, '60', '50'],
    // tag retry-after-negative, retry-after-zero: at least 0 where the request passed
    [60.25, 60.75, '61', '0'],
    [60, 60, '60', '0'],
  ])(
    'at %d s, with a reset at %d s, X-RateLimit-Reset ends in %s and Retry-After is %s',
    (now, resetAt, reset, retryAfter) => {
      const epoch = 1_700_000_000
      const limit = currentLimit({ resetAt: (epoch + resetAt) * 1000 })
      expect(headersOf({ headers: 'legacy' }, decisionOf([limit], { now: (epoch + now) * 1000 }))).toMatchObject({
        'X-RateLimit-Reset': String(epoch + Number(reset)),
        'Retry-After': retryAfter,
      })
    },
  )

  test('a refusal says at least 1 second (tags retry-after-zero, retry-after-negative)', () => {
    const limit = breachedLimit({ resetAt: NOW + 500, retryAt: NOW + 500 })
    expect(headersOf({ headers: 'legacy' }, decisionOf([limit]))['Retry-After']).toBe('1')
  })

  test('Retry-After as a date is the second of the reset', () => {
    const headers = headersOf({ headers: 'legacy', retryAfter: 'http-date' }, allowed())
    expect(headers).toMatchObject({ 'X-RateLimit-Reset': '1700000061', 'Retry-After': 'Tue, 14 Nov 2023 22:14:21 GMT' })
  })

  test('a request that can never pass is told of the reset all the same, as recorded (cost-07)', () => {
    expect(headersOf({ headers: 'legacy' }, impossible())).toEqual({
      'X-RateLimit-Limit': '10',
      'X-RateLimit-Remaining': '0',
      'X-RateLimit-Reset': '1700000061',
      'Retry-After': '60',
    })
  })

  test('a request without limits has no headers', () => {
    expect(headersOf({ headers: 'legacy' }, decisionOf([]))).toEqual({})
  })

  test('a refusal of which no limit is known still says when to retry', () => {
    const decision = decisionOf([], { allowed: false, retryAt: NOW + 5000 })
    expect(headersOf({ headers: 'legacy' }, decision)).toEqual({ 'Retry-After': '5' })
  })

  test('the headers can have other names', () => {
    const headerNames = {
      limit: 'X-My-Limit',
      remaining: 'X-My-Remaining',
      reset: 'X-My-Reset',
      retryAfter: 'X-My-Retry',
    }
    expect(headersOf({ headers: 'legacy', headerNames }, allowed())).toEqual({
      'X-My-Limit': '10',
      'X-My-Remaining': '4',
      'X-My-Reset': '1700000061',
      'X-My-Retry': '60',
    })
    expect(
      Object.keys(
        headersOf({ headers: 'legacy', headerNames: { remaining: 'RateLimit-Left', reset: undefined } }, allowed()),
      ),
    ).toEqual(['X-RateLimit-Limit', 'RateLimit-Left', 'X-RateLimit-Reset', 'Retry-After'])
  })
})

describe('several sets', () => {
  test('they are merged, with one Retry-After at the end', () => {
    expect(Object.keys(headersOf({ headers: ['standard', 'legacy'] }, allowed()))).toEqual([
      'X-RateLimit-Limit',
      'X-RateLimit-Remaining',
      'X-RateLimit-Reset',
      'RateLimit-Policy',
      'RateLimit',
      'Retry-After',
    ])
    expect(Object.keys(headersOf({ headers: ['draft-6', 'draft-7'] }, refused()))).toEqual([
      'RateLimit-Policy',
      'RateLimit-Limit',
      'RateLimit-Remaining',
      'RateLimit-Reset',
      'RateLimit',
      'Retry-After',
    ])
  })

  test('a refusal that tells of both the reset and the end says the later', () => {
    const decision = decisionOf([breachedLimit({ resetAt: NOW + 1000, retryAt: NOW + 59_500 })])
    expect(headersOf({ headers: ['legacy'] }, decision)['Retry-After']).toBe('1')
    expect(headersOf({ headers: ['legacy', 'standard'] }, decision)['Retry-After']).toBe('60')
    expect(headersOf({ headers: ['legacy', 'standard'], retryAfter: 'http-date' }, decision)['Retry-After']).toBe(
      'Tue, 14 Nov 2023 22:14:20 GMT',
    )
  })

  test('a set that is named twice is sent once', () => {
    expect(headersOf({ headers: ['legacy', 'legacy'] }, allowed())).toEqual(headersOf({ headers: 'legacy' }, allowed()))
  })
})

describe('a function', () => {
  test('its headers are sent, and Retry-After with a refusal', () => {
    const options = { headers: ({ limit }: Decision) => ({ 'X-Left': String(limit?.remaining) }) }
    expect(headersOf(options, allowed())).toEqual({ 'X-Left': '4' })
    expect(headersOf(options, refused())).toEqual({ 'X-Left': '0', 'Retry-After': '60' })
  })

  test('its own Retry-After stands', () => {
    expect(headersOf(custom({ 'retry-after': '5' }), refused())).toEqual({ 'retry-after': '5' })
  })

  test('what no header can hold is an error of the callback', () => {
    expect(() => headersOf(custom({ 'X-Name': 'a\r\nSet-Cookie: b' }), allowed())).toThrow(
      expect.objectContaining({ code: 'ERR_CALLBACK' }),
    )
    expect(() => headersOf({ headers: () => undefined as never }, allowed())).toThrow(
      /headers answered undefined as headers; expected an object/,
    )
  })
})

test('names are in lower case where the adapter asks for it', () => {
  const legacy = { headers: ['legacy', 'standard'], lowerCaseNames: true } as const
  expect(Object.keys(headersOf(legacy, allowed()))).toEqual([
    'x-ratelimit-limit',
    'x-ratelimit-remaining',
    'x-ratelimit-reset',
    'ratelimit-policy',
    'ratelimit',
    'retry-after',
  ])
  expect(headersOf({ headers: () => ({ 'X-Left': '4' }), lowerCaseNames: true }, refused())).toEqual({
    'x-left': '4',
    'retry-after': '60',
  })
})

describe('a configuration that cannot be', () => {
  test.each([
    [
      { headers: 'draft-8' },
      'headers: "draft-8" is no set of headers; expected "legacy", "standard", "draft-6", "draft-7", a list',
    ],
    [{ headers: ['legacy', 'x'] }, 'headers: ["legacy","x"] is no set'],
    [{ headers: true }, 'headers: true is no set'],
    [{ headerNames: { limit: 'X Limit' } }, 'headerNames.limit: no header can be named "X Limit"; expected a token'],
    [{ headerNames: { limit: '' } }, 'headerNames.limit: no header can be named ""'],
    [{ headerNames: { retryAfter: 'A\r\nB' } }, 'headerNames.retryAfter: no header can be named "A\\r\\nB"'],
    [{ headerNames: { reset: 5 } }, 'headerNames.reset: no header can be named 5'],
    [
      { headerNames: { retry: 'X' } },
      'headerNames: there is no header "retry"; expected limit, remaining, reset, retryAfter',
    ],
    [{ headers: 'legacy', headerNames: { limit: 'X', reset: 'x' } }, 'Two headers are named x'],
    [
      { headers: ['standard', 'draft-6'] },
      'Two headers are named RateLimit-Policy under headers: ["standard","draft-6"]',
    ],
    [{ headers: ['standard', 'draft-7'] }, 'Two headers are named RateLimit-Policy'],
    [
      { headers: ['legacy', 'draft-6'], headerNames: { limit: 'RateLimit-Limit' } },
      'Two headers are named RateLimit-Limit',
    ],
  ])('%j is an error that says so', (options, message) => {
    expect(create(options)).toThrow(ConfigurationError)
    expect(create(options)).toThrow(message)
  })

  test.each<HeaderSet[]>([
    ['legacy', 'standard'],
    ['legacy', 'draft-6'],
    ['legacy', 'draft-6', 'draft-7'],
  ])('%s and %s go together', (...headers) => {
    expect(create({ headers })).not.toThrow()
  })
})
