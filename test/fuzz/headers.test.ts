import { validateHeaderName, validateHeaderValue } from 'node:http'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { appendHeaders, type HeaderList } from '../../src/http/header-list.ts'
import type { HeaderOptions } from '../../src/http/header-options.ts'
import { createHeaderWriter } from '../../src/http/headers.ts'
import { parseHttpDate } from '../../src/http/http-date.ts'
import { negotiate } from '../../src/http/negotiate.ts'
import { refusal } from '../../src/http/refusal.ts'
import { mergeRetryAfter } from '../../src/http/retry-after.ts'
import { GRANULARITY_MS, type Granularity, rateLimit } from '../../src/limit/rate-limit.ts'
import type { Answer, CurrentLimit, Decision } from '../../src/limiter/decision.ts'
import { currentLimit, decisionOf } from '../http/builders.ts'
import { parseDictionary, parseList } from '../http/structured-field-parser.ts'
import { answerOrError, law, LONG } from './law.ts'
import { anyText, anyValue, mutated, pumped } from './texts.ts'

const MOST = Number.MAX_SAFE_INTEGER
const LATEST = Date.UTC(2200, 0)

const limit = fc
  .constantFrom(...(Object.keys(GRANULARITY_MS) as Granularity[]))
  .chain((unit) =>
    fc
      .tuple(
        fc.oneof(fc.nat(10), fc.maxSafeNat()),
        fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: Math.floor(MOST / GRANULARITY_MS[unit]) })),
      )
      .map(([amount, multiples]) => rateLimit(amount, unit, multiples)),
  )

/** A decision of any size at any time, of limits with any names. */
const decision: fc.Arbitrary<Decision> = fc
  .tuple(
    fc.array(
      fc.record({
        limit,
        name: anyText,
        left: fc.double({ min: 0, max: 1, noNaN: true }),
        wait: fc.double({ min: 0, max: 1, noNaN: true }),
        breached: fc.boolean(),
        never: fc.boolean(),
        source: fc.constantFrom('route' as const, 'meta' as const),
      }),
      { maxLength: 4 },
    ),
    fc.integer({ min: 0, max: LATEST }),
  )
  .map(([limits, now]) => {
    const current = limits.map(({ limit: size, name, left, wait, breached, never, source }): CurrentLimit => {
      const resetAt = now + Math.ceil(wait * size.windowMs)
      const retryAt = !breached ? now : never ? undefined : resetAt
      return currentLimit({
        limit: size,
        name,
        source,
        breached,
        remaining: Math.floor(left * size.amount),
        resetAt,
        retryAt,
      })
    })
    return { ...decisionOf(current), now }
  })

const options: fc.Arbitrary<HeaderOptions> = fc.record(
  {
    headers: fc.subarray(['legacy', 'standard', 'draft-6', 'draft-7'] as const),
    headerNames: fc.record(
      { limit: fc.oneof(anyText, fc.constant('X-L')), remaining: anyText, reset: anyText, retryAfter: anyText },
      { requiredKeys: [] },
    ),
    retryAfter: fc.constantFrom('delta-seconds', 'http-date'),
  },
  { requiredKeys: [] },
)

/** What Node lets pass, by its own judgement. */
function expectSendable(list: HeaderList): void {
  const names = new Set<string>()
  for (let i = 0; i < list.length; i += 2) {
    validateHeaderName(list[i]!)
    validateHeaderValue(list[i]!, list[i + 1]!)
    names.add(list[i]!.toLowerCase())
  }
  expect(names.size * 2).toBe(list.length)
}

function valueOf(list: HeaderList, name: string): string | undefined {
  const at = list.indexOf(name)
  return at < 0 ? undefined : list[at + 1]
}

law(
  'every decision is told by headers that Node sends, or the options are an error of ours',
  fc.tuple(options, decision),
  ([given, told]) => {
    const write = answerOrError(() => createHeaderWriter(given))
    if (!write) return
    const list = write(told)
    expectSendable(list)
    for (let i = 1; i < list.length; i += 2) {
      // But for names, which can be anything.
      expect(list[i]!.replaceAll(/"(?:[^"\\]|\\.)*"/g, '')).not.toMatch(/NaN|Infinity|undefined|Invalid|=-|^-|e\+/)
    }
  },
)

law('the standard headers are read back as what was told', decision, (told) => {
  const list = createHeaderWriter({ headers: 'standard' })(told)
  const shown = told.limits.filter(({ source, breached }) => source !== 'meta' || breached)
  const [policies, states] = ['RateLimit-Policy', 'RateLimit'].map((name) => parseList(valueOf(list, name) ?? ''))
  expect(policies!.length).toBe(shown.length)
  expect(new Set(policies!.map(({ value }) => value)).size).toBe(shown.length)
  for (const [i, { limit: size, name, remaining, resetAt }] of shown.entries()) {
    const sent = decodeURIComponent(policies![i]!.value as string)
    expect(sent === Buffer.from(name).toString() || /-\d+$/.test(sent)).toBe(true)
    expect(policies![i]!.parameters).toEqual({ q: Math.min(size.amount, 999_999_999_999_999), w: size.windowMs / 1000 })
    expect(states![i]!.value).toBe(policies![i]!.value)
    expect(states![i]!.parameters).toEqual({
      r: Math.min(remaining, 999_999_999_999_999),
      t: Math.ceil((resetAt - told.now) / 1000),
    })
  }
})

law('the drafts are read back as what was told', decision, (told) => {
  const list = createHeaderWriter({ headers: ['legacy', 'draft-6', 'draft-7'] })(told)
  if (!told.limit) return
  const { limit: size, remaining, resetAt } = told.limit
  const most = 999_999_999_999_999
  const t = Math.ceil((resetAt - told.now) / 1000)
  const dictionary = parseDictionary(valueOf(list, 'RateLimit')!)
  expect([dictionary['limit']!.value, dictionary['remaining']!.value, dictionary['reset']!.value]).toEqual([
    Math.min(most, size.amount),
    Math.min(most, remaining),
    t,
  ])
  expect(valueOf(list, 'RateLimit-Reset')).toBe(String(t))
  for (const name of ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset', 'Retry-After'])
    expect(valueOf(list, name)).toMatch(/^\d+$/)
})

law(
  'a date of Retry-After is one, however far away',
  decision,
  (told) => {
    const date = valueOf(createHeaderWriter({ retryAfter: 'http-date', headers: 'legacy' })(told), 'Retry-After')
    if (date !== undefined) expect(parseHttpDate(date, told.now)).toBeDefined()
  },
  {
    regressions: [
      decisionOf([currentLimit({ limit: rateLimit(1, 'year', 285_616), resetAt: 285_616 * 31_104_000_000 })]),
    ],
  },
)

law(
  'a Retry-After that the application has set stays or gives way, whatever it is',
  fc.tuple(mutated(fc.constantFrom('17', 'Sun, 06 Nov 1994 08:49:37 GMT')), anyText, fc.nat(1e6)),
  ([one, two, seconds]) => {
    for (const foreign of [one, two])
      expect([foreign, String(seconds)]).toContain(mergeRetryAfter(String(seconds), foreign, 1_700_000_000_000))
  },
)

law(
  'what a function of the user gives as headers is sent as it is, or is an error of ours',
  fc.oneof(
    anyValue,
    fc.dictionary(fc.oneof(anyText, fc.constantFrom('X-A', 'Set-Cookie')), fc.oneof(anyText, anyValue)),
  ),
  (given) => {
    const list: string[] = []
    answerOrError(() => appendHeaders(list, given, 'headers'))
    for (let i = 0; i < list.length; i += 2) {
      validateHeaderName(list[i]!)
      validateHeaderValue(list[i]!, list[i + 1]!)
      expect((given as Record<string, string>)[list[i]!]).toBe(list[i + 1])
    }
  },
  {
    regressions: [{ 'X-Cost': 5n }, new Headers({ a: 'b' }), ['a', 'b'], 'X: y', null, { 'X-A': Object.create(null) }],
  },
)

const answer = fc.record(
  {
    status: fc.oneof(anyValue, fc.integer({ min: 100, max: 700 })),
    headers: fc.oneof(anyValue, fc.dictionary(anyText, anyText), fc.constant({})),
    body: anyValue,
  },
  { requiredKeys: [] },
)

law(
  'what a breach function answers can be sent, or is an error of ours',
  answer,
  (given) => {
    const refused = { answer: given as Answer, description: '1 per 1 day', decision: decisionOf([]) }
    const sent = answerOrError(() => refusal(refused, undefined))
    if (!sent) return
    expectSendable(sent.headers)
    expect(sent.status).toBeGreaterThanOrEqual(200)
    expect(sent.status).toBeLessThanOrEqual(599)
    expect(typeof sent.body).toBe('string')
  },
  { regressions: [{ headers: null }, { status: Object.create(null) }, { body: 5n }, { headers: [['X-A', 'b']] }] },
)

const accept = fc
  .array(
    fc.tuple(
      fc.constantFrom('text/html', 'application/json', 'text/plain', '*/*', 'text/*', 'application/problem+json', 'a'),
      fc.constantFrom('', ';q=0', '; q=0.5', ';q=1.0', ';v=b3;q=.9', ';q=x'),
    ),
  )
  .map((ranges) => ranges.map((range) => range.join('')).join(', '))

law(
  'a refusal is told in one of three forms, none of which its text can break out of',
  fc.tuple(anyText, decision, fc.oneof(mutated(accept), anyText)),
  ([description, told, wanted]) => {
    const { status, headers, body } = refusal({ answer: undefined, description, decision: told }, wanted)
    expectSendable(headers)
    expect(status).toBe(429)
    const form = negotiate(wanted)
    expect(negotiate(`${wanted},`)).toBe(form)
    if (form === 'text') expect(body).toBe(description)
    else if (form === 'problem') expect(JSON.parse(body)).toMatchObject({ status: 429, detail: description })
    else expect(textOfPage(body)).toBe(description.replace(/\r\n?/g, '\n'))
  },
)

/** The text of the page's one paragraph, as a browser reads it. */
function textOfPage(page: string): string {
  const [, text = ''] = /<p>([^]*)<\/p>\n$/.exec(page)!
  const broken = text.split('<br>').join('\n')
  expect(broken).not.toMatch(/[<>"']/)
  const entities: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&#34;': '"', '&#39;': "'", '&amp;': '&' }
  return broken.replace(/&[^;]*;/g, (entity) => entities[entity]!)
}

test(
  'long headers do not take long',
  () => {
    for (const text of pumped(
      ['', ';q=', 'text/html;', 'text/html;q=1'],
      [' ', ';', ',', ';q', '; ', '1', '*/*,', 'q='],
      ['', 'x'],
    ))
      negotiate(text)
    for (const text of pumped(['', 'Sun, '], ['1', ' ', 'Sun'], ['', 'x'])) mergeRetryAfter('1', text, 0)
  },
  LONG,
)
