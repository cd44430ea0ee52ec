import { describe, expect, test } from 'vitest'
import { type HttpAnswer, refusal, unavailable } from '../../src/http/refusal.ts'
import { createHeaderWriter } from '../../src/http/headers.ts'
import { type Answer, type CurrentLimit, RateLimitExceeded } from '../../src/limiter/decision.ts'
import { breachedLimit, currentLimit, decisionOf } from './builders.ts'
import { parseList } from './structured-field-parser.ts'

function exceeded(
  description: string,
  answer?: Answer,
  limits: readonly CurrentLimit[] = [breachedLimit()],
): RateLimitExceeded {
  return new RateLimitExceeded(decisionOf(limits), limits[0] as CurrentLimit, description, answer)
}

const headersOf = ({ headers }: HttpAnswer): Record<string, string | undefined> =>
  Object.fromEntries(headers.flatMap((name, i) => (i % 2 === 0 ? [[name, headers[i + 1]]] : [])))

describe('a refusal', () => {
  test('is plain text where the client asks for nothing in particular', () => {
    expect(refusal(exceeded('1 per 1 day'), undefined)).toEqual({
      status: 429,
      headers: ['Content-Type', 'text/plain; charset=utf-8', 'Cache-Control', 'no-store'],
      body: '1 per 1 day',
    })
  })

  test('is a page for browsers', () => {
    const answer = refusal(exceeded('a < b'), 'text/html')
    expect(answer.status).toBe(429)
    expect(headersOf(answer)).toEqual({ 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' })
    expect(answer.body).toContain('<title>429 Too Many Requests</title>')
    expect(answer.body).toContain('<p>a &lt; b</p>')
  })

  test('is problem details for clients that ask for JSON', () => {
    const limits = [
      currentLimit({ name: 'hourly' }),
      breachedLimit({ name: 'daily' }),
      breachedLimit({ source: 'meta', name: 'ban' }),
    ]
    const answer = refusal(exceeded('1 per 1 day', undefined, limits), 'application/json')
    expect(answer.status).toBe(429)
    expect(headersOf(answer)).toEqual({
      'Content-Type': 'application/problem+json; charset=utf-8',
      'Cache-Control': 'no-store',
    })
    expect(JSON.parse(answer.body)).toEqual({
      type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
      title: 'Quota exceeded',
      status: 429,
      detail: '1 per 1 day',
      'violated-policies': ['daily', 'ban'],
    })
  })

  test('names the violated policies as the standard headers do', () => {
    const limits = [currentLimit({ name: 'ä "x"' }), breachedLimit({ name: 'ä "x"' })]
    const answer = refusal(exceeded('', undefined, limits), 'application/json')
    const [, header = ''] = createHeaderWriter({ headers: 'standard' })(decisionOf(limits))
    expect(JSON.parse(answer.body)['violated-policies']).toEqual([parseList(header)[1]?.value])
    expect(parseList(header)[1]?.value).toBe('%C3%A4 "x"-2')
  })
})

const given = (answer: Answer) => refusal(exceeded('1 per 1 day', answer), 'text/html')

describe('the answer of a breach function', () => {
  test('text is sent as plain text with 429', () => {
    expect(given({ body: '<b>slow down</b>' })).toEqual({
      status: 429,
      headers: ['Content-Type', 'text/plain; charset=utf-8', 'Cache-Control', 'no-store'],
      body: '<b>slow down</b>',
    })
  })

  test('an object is sent as JSON', () => {
    const answer = given({ status: 503, body: { error: 'slow down' } })
    expect(answer).toMatchObject({ status: 503, body: '{"error":"slow down"}' })
    expect(headersOf(answer)['Content-Type']).toBe('application/json; charset=utf-8')
  })

  test('its status and its headers stand', () => {
    const headers = { 'content-type': 'text/html', 'CACHE-CONTROL': 'max-age=5', 'X-Reason': 'slow' }
    expect(given({ status: 200, headers, body: '<p>cached copy' })).toEqual({
      status: 200,
      headers: ['content-type', 'text/html', 'CACHE-CONTROL', 'max-age=5', 'X-Reason', 'slow'],
      body: '<p>cached copy',
    })
  })

  test('without a body nothing is sent but the head', () => {
    expect(given({ status: 302, headers: { Location: '/wait' } })).toEqual({
      status: 302,
      headers: ['Location', '/wait', 'Cache-Control', 'no-store'],
      body: '',
    })
    expect(given({})).toEqual({ status: 429, headers: ['Cache-Control', 'no-store'], body: '' })
  })

  const circular: Record<string, unknown> = {}
  circular['self'] = circular

  test.each<[Answer, string]>([
    [{ status: 99 }, 'onBreach answered the status 99; expected an integer from 200 to 599'],
    [{ status: 600 }, 'onBreach answered the status 600'],
    [{ status: 429.5 }, 'onBreach answered the status 429.5'],
    [{ status: '429' as unknown as number }, 'onBreach answered the status "429"'],
    [
      { headers: { 'X-Reason': 'a\r\nSet-Cookie: b' } },
      'onBreach answered the header X-Reason: "a\\r\\nSet-Cookie: b"',
    ],
    [{ headers: { 'X-Reason\r\n': 'a' } }, 'onBreach answered a header named "X-Reason\\r\\n"'],
    [{ body: circular }, 'onBreach answered a body that cannot be written as JSON'],
    [{ body: () => 'text' }, 'onBreach answered a body for which JSON has no text'],
  ])('what cannot be sent is an error of the callback (%#)', (answer, message) => {
    expect(() => given(answer)).toThrow(
      expect.objectContaining({ code: 'ERR_CALLBACK', message: expect.stringContaining(message) }),
    )
  })
})

describe('an answer without a decision', () => {
  test.each([
    [undefined, 'text/plain; charset=utf-8'],
    ['text/html', 'text/html; charset=utf-8'],
    ['application/json', 'application/problem+json; charset=utf-8'],
  ])('is 503 in the form that Accept: %s asks for', (accept, contentType) => {
    const answer = unavailable(accept)
    expect(answer.status).toBe(503)
    expect(headersOf(answer)).toEqual({ 'Content-Type': contentType, 'Cache-Control': 'no-store' })
    expect(answer.body).toContain('The service is temporarily unavailable.')
  })

  test('has the problem type about:blank', () => {
    expect(JSON.parse(unavailable('application/json').body)).toEqual({
      type: 'about:blank',
      title: 'Service Unavailable',
      status: 503,
      detail: 'The service is temporarily unavailable. Please try again later.',
    })
  })
})
