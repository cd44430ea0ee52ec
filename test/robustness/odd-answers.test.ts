import { describe, expect, test } from 'vitest'
import type { FetchLimiterOptions } from '../../src/adapters/fetch/index.ts'
import type { HandlerLimitObject } from '../../src/http/handler-route.ts'
import { limiterWith, ok, requestTo } from '../adapters/fetch/playground.ts'

interface App {
  readonly options?: Partial<FetchLimiterOptions>
  readonly limit?: Partial<HandlerLimitObject<Request, Response>>
  readonly endpoint?: () => string
}

/** What becomes of the second of two requests, of which a limit lets one pass: its text, or the error. */
async function second({ options, limit, endpoint = () => 'GET /' }: App): Promise<string> {
  const handler = limiterWith(options).handler({ endpoint, limits: { limit: '1 per minute', ...limit } }, ok)
  const ask = async (): Promise<Response> => handler(requestTo())
  await ask().catch(() => {})
  const response = await ask()
  return `${response.status} ${await response.text()}`
}

const given =
  <T>(value: unknown) =>
  () =>
    value as T
const later = <T>(): T => Promise.reject(new Error('nobody hears of this')) as T

describe('what a function answers that cannot be used is an error that says so', () => {
  test.each<[string, App, string]>([
    ['a key', { options: { key: given(5n) } }, 'a key function has to answer a string or undefined, got 5'],
    [
      'a limit',
      { limit: { limit: given(['1/minute']) } },
      'has to answer text such as "5 per minute", got ["1/minute"]',
    ],
    ['no limit', { limit: { limit: given(undefined) } }, 'has to answer text such as "5 per minute", got undefined'],
    ['a cost', { limit: { cost: given('1') } }, 'a cost function has to answer an integer from 0 to 2^53 - 1, got "1"'],
    ['a scope', { limit: { scope: given({ a: 1 }) } }, 'a scope function has to answer a string, got {"a":1}'],
    ['a scope, later', { limit: { scope: later } }, 'a scope function has to answer at once, got a promise'],
    ['a name', { endpoint: given(5) }, 'the name of an endpoint has to be a string, got 5'],
    [
      'a name, later',
      { options: { requestIdentifier: later } },
      'requestIdentifier has to answer at once, got a promise',
    ],
    [
      'a message',
      { limit: { errorMessage: given(Object.create(null)) } },
      'an errorMessage function has to answer a string, got {}',
    ],
    ['a charge, later', { limit: { deductWhen: later } }, 'deductWhen has to answer at once, got a promise'],
    [
      'an answer',
      { limit: { onBreach: given({ headers: new Headers({ a: 'b' }) }) } },
      'onBreach answered {} as headers; expected an object of names and values',
    ],
    [
      'an answer, partly later',
      { limit: { onBreach: () => ({ body: later<object>() }) } },
      'onBreach has to answer at once, got a promise',
    ],
  ])('%s', async (_, app, message) => {
    const refused = expect.objectContaining({ code: 'ERR_CALLBACK', message: expect.stringContaining(message) })
    await expect(second(app)).rejects.toEqual(refused)
  })
})

test.each([5, true, null, [1], { level: 30 }])('a breach function that answers %j only looks on', async (value) => {
  expect(await second({ limit: { onBreach: given(value) } })).toBe('429 1 per 1 minute')
})

test.each([given({ 'X-A': 5n }), given(new Map()), later])(
  'headers that cannot be sent are left out (%#)',
  async (headers) => {
    expect(await second({ options: { headers: headers as () => Record<string, string> } })).toBe('429 1 per 1 minute')
  },
)
