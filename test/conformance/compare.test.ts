import { describe, expect, it } from 'vitest'
import { compareKeys } from '../../conformance/compare-keys.ts'
import { compareStep, type Comparison, messageOf, type Observation } from '../../conformance/compare.ts'
import type { Expect, RecordedLimit } from '../../conformance/format.ts'
import { parseLimit } from '../../src/limit/parse-limits.ts'
import type { CurrentLimit } from '../../src/limiter/decision.ts'

const how: Comparison = {
  wrongMethodStatus: 404,
  hasHeaders: true,
  incomparableHeaders: [],
  comparesReset: true,
  comparesUnusedReset: true,
}

interface Given {
  readonly status?: number
  readonly headers?: Readonly<Record<string, readonly string[]>>
  readonly body?: string
  readonly log?: string[]
  readonly callbacks?: { callback: string; limit: string; key: string }[]
  readonly bodyWithKey?: { pattern: RegExp; key: string }
  readonly current?: readonly CurrentLimit[]
}

function observation(given: Given = {}): Observation {
  const { status = 200, headers = {}, body = 'a', log = [], callbacks = [], bodyWithKey, current = [] } = given
  return {
    response: { status, headers: new Map(Object.entries(headers)), body },
    recorder: { log, callbacks, bodyWithKey },
    current: new Map([['', { currentLimit: current[0], currentLimits: current }]]),
  }
}

function currentLimit(notation: string, given: Partial<CurrentLimit> = {}): CurrentLimit {
  return {
    limit: parseLimit(notation),
    name: 'a',
    strategy: 'fixed-window',
    source: 'route',
    key: `our ${notation}`,
    shared: false,
    breached: false,
    cost: 1,
    remaining: 1,
    resetAt: 60_250,
    retryAt: undefined,
    ...given,
  }
}

function recordedLimit(limit: string, given: Partial<RecordedLimit> = {}): RecordedLimit {
  return { limit, key: `recorded ${limit}`, breached: false, shared: false, remaining: 1, resetAt: 61, ...given }
}

/** The paths at which a step differs. */
function paths(expect: Partial<Expect>, given: Given, comparison: Comparison = how): string[] {
  return compareStep({ status: 200, ...expect }, observation(given), comparison).differences.map(({ path }) => path)
}

describe('compareStep', () => {
  it('finds nothing where nothing differs', () => {
    const given = { headers: { 'x-ratelimit-limit': ['1'] }, log: ['exceeded'] }
    expect(
      paths(
        {
          body: 'a',
          headers: { 'X-RateLimit-Limit': '1', 'Retry-After': null },
          log: [{ level: 'info', kind: 'exceeded' }],
        },
        given,
      ),
    ).toEqual([])
  })

  it.each<[string, Partial<Expect>, Given]>([
    ['status', { status: 429 }, {}],
    ['status', { status: 200 }, { status: 500 }],
    ['body', { body: 'b' }, {}],
    ['message', { message: '1 per 1 minute' }, { body: '2 per 1 minute' }],
    [
      'headers.X-RateLimit-Limit',
      { headers: { 'X-RateLimit-Limit': '2' } },
      { headers: { 'x-ratelimit-limit': ['1'] } },
    ],
    [
      'headers.X-RateLimit-Limit',
      { headers: { 'X-RateLimit-Limit': null } },
      { headers: { 'x-ratelimit-limit': ['1'] } },
    ],
    ['headers.X-RateLimit-Limit', { headers: { 'X-RateLimit-Limit': '1' } }, {}],
    [
      'headers.X-RateLimit-Limit',
      { headers: { 'X-RateLimit-Limit': ['1', '2'] } },
      { headers: { 'x-ratelimit-limit': ['1'] } },
    ],
    ['callbacks', { callbacks: [{ callback: 'a', limit: 'l', key: 'k' }] }, {}],
    ['callbacks', { callbacks: [] }, { callbacks: [{ callback: 'a', limit: 'l', key: 'k' }] }],
    ['log', { log: [{ level: 'info', kind: 'exceeded' }] }, { log: ['reset'] }],
    ['currentLimit', { currentLimit: recordedLimit('1 per 1 minute') }, {}],
    ['currentLimit', { currentLimit: null }, { current: [currentLimit('1/minute')] }],
    [
      'currentLimit',
      { currentLimit: recordedLimit('1 per 1 minute', { remaining: 0 }) },
      { current: [currentLimit('1/minute')] },
    ],
    [
      'currentLimit',
      { currentLimit: recordedLimit('1 per 1 minute', { resetAt: 60 }) },
      { current: [currentLimit('1/minute')] },
    ],
    [
      'currentLimits[0]',
      { currentLimits: [recordedLimit('1 per 1 minute', { shared: true })] },
      { current: [currentLimit('1/minute')] },
    ],
  ])('finds a difference in %s: %j', (path, expected, given) => {
    expect(paths(expected, given)).toEqual([path])
  })

  it('takes the framework’s status for a wrong method', () => {
    expect(paths({ status: 405 }, { status: 404 })).toEqual([])
    expect(paths({ status: 405 }, { status: 200 })).toEqual(['status'])
  })

  it('wants each kind of log record once, in order', () => {
    const log = ['check-failed-swallowed', 'exceeded', 'check-failed-swallowed'].map((kind) => ({
      level: 'info',
      kind,
    }))
    expect(paths({ log }, { log: ['check-failed-swallowed', 'warning', 'exceeded'] })).toEqual([])
    expect(paths({ log }, { log: ['exceeded', 'check-failed-swallowed'] })).toEqual(['log'])
  })

  it('finds the recorded limits among ours, in order', () => {
    const current = [currentLimit('9/hour'), currentLimit('1/minute'), currentLimit('2/minute')]
    const one = recordedLimit('1 per 1 minute')
    const two = recordedLimit('2 per 1 minute')
    expect(paths({ currentLimits: [one, two] }, { current })).toEqual([])
    expect(paths({ currentLimits: [two, one] }, { current })).toEqual(['currentLimits[1]'])
  })

  it('asks of a refused request only what the refusing limit has left', () => {
    const current = [
      currentLimit('2/minute', { breached: true, remaining: 0 }),
      currentLimit('1/second', { remaining: 1 }),
    ]
    const refusing = recordedLimit('2 per 1 minute', { breached: true, remaining: 0 })
    expect(
      paths({ currentLimits: [refusing, recordedLimit('1 per 1 second', { remaining: 0 })] }, { current }),
    ).toEqual([])
    expect(paths({ currentLimits: [{ ...refusing, remaining: 1 }] }, { current })).toEqual(['currentLimits[0]'])
  })

  it('leaves out reset times where they follow other rules', () => {
    const sliding = { ...how, comparesReset: false, incomparableHeaders: ['X-RateLimit-Reset'] }
    const expected = {
      headers: { 'X-RateLimit-Reset': '9' },
      currentLimit: recordedLimit('1 per 1 minute', { resetAt: 9 }),
    }
    const given = { current: [currentLimit('1/minute')] }
    expect(paths(expected, given, sliding)).toEqual([])
    expect(paths(expected, given)).toEqual(['headers.X-RateLimit-Reset', 'currentLimit'])
  })

  it('leaves out the reset time of an untouched window where that is ruled otherwise', () => {
    const expected = {
      currentLimits: [recordedLimit('1 per 1 minute', { resetAt: 9 }), recordedLimit('3 per 1 minute')],
    }
    const given = { current: [currentLimit('1/minute'), currentLimit('3/minute')] }
    expect(paths(expected, given, { ...how, comparesUnusedReset: false })).toEqual([])
    expect(paths(expected, given)).toEqual(['currentLimits[0]'])
    const used = { currentLimits: [recordedLimit('3 per 1 minute', { resetAt: 9 })] }
    expect(paths(used, given, { ...how, comparesUnusedReset: false })).toEqual(['currentLimits[0]'])
  })

  it('marks a Retry-After of a refusal as ours where headers are off, and nowhere else', () => {
    const given = { status: 429, headers: { 'retry-after': ['60'] } }
    const expected = { status: 429, headers: { 'Retry-After': null } }
    const tags = (comparison: Comparison) =>
      compareStep(expected, observation(given), comparison).differences.map(({ tag }) => tag)
    expect(tags({ ...how, hasHeaders: false })).toEqual(['retry-after-without-headers'])
    expect(tags(how)).toEqual([undefined])
  })

  it('reads the key out of a body that holds one', () => {
    const bodyWithKey = { pattern: /^over (.*) at \/a$/s, key: 'ours' }
    const keysOf = (body: string) =>
      compareStep({ status: 200, body }, observation({ body: 'over ours at /a', bodyWithKey }), how)
    expect(keysOf('over LIMITER/x at /a')).toEqual({ differences: [], keys: [{ recorded: 'LIMITER/x', ours: 'ours' }] })
    expect(keysOf('over LIMITER/x at /b').differences).toHaveLength(1)
  })
})

describe('messageOf', () => {
  const response = (type: string, body: string) => ({ status: 429, headers: new Map([['content-type', [type]]]), body })
  it('reads the text of a refusal in each of its forms', () => {
    expect(
      messageOf(response('text/html; charset=utf-8', '<h1>Too Many</h1>\n<p>a &lt;b&gt; &amp; &#39;c&#39;<br>d</p>')),
    ).toBe("a <b> & 'c'\nd")
    expect(messageOf(response('text/plain', '1 per 1 day'))).toBe('1 per 1 day')
    expect(messageOf(response('application/problem+json', '{"detail":"1 per 1 day"}'))).toBe('1 per 1 day')
  })
})

describe('compareKeys', () => {
  const part = (pairs: Readonly<Record<string, string>>, ...tags: string[]) => ({
    tags,
    keys: Object.entries(pairs).map(([recorded, ours]) => ({ recorded, ours })),
  })
  const counts = (...parts: ReturnType<typeof part>[]) => compareKeys(parts).map((differences) => differences.length)

  it('accepts any spelling that keeps apart and together what was', () => {
    expect(counts(part({ a: '1', b: '2' }), part({ b: '2' }), part({ c: '3' }))).toEqual([0, 0, 0])
  })

  it('finds two keys where one was recorded, and one where two were', () => {
    expect(counts(part({ a: '1' }), part({ a: '2' }))).toEqual([0, 1])
    expect(counts(part({ a: '1' }), part({ b: '1' }))).toEqual([0, 1])
  })

  it('learns nothing about the others from a part that may differ', () => {
    expect(counts(part({ a: '2' }, 'key-delimiter-collision'), part({ a: '1' }), part({ a: '1' }))).toEqual([1, 0, 0])
  })
})
