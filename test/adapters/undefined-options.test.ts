import { expect, test } from 'vitest'
import * as express from '../../src/adapters/express/index.ts'
import * as fastify from '../../src/adapters/fastify/index.ts'
import * as fetching from '../../src/adapters/fetch/index.ts'
import * as hono from '../../src/adapters/hono/index.ts'
import * as http from '../../src/adapters/http/index.ts'
import * as koa from '../../src/adapters/koa/index.ts'
import { type Answer, createLimiter, type LimiterOptions, type LimitOptions } from '../../src/index.ts'

/** Every option of `Options`, undefined. */
type Nothing<Options> = { [Name in keyof Options]-?: undefined }

const NOTHING: Nothing<Omit<LimiterOptions<never, never>, 'key'>> = {
  applicationLimits: undefined,
  applicationLimitsCost: undefined,
  applicationLimitsDeductWhen: undefined,
  applicationLimitsExemptWhen: undefined,
  applicationLimitsPerMethod: undefined,
  autoCheck: undefined,
  clock: undefined,
  defaultLimits: undefined,
  defaultLimitsCost: undefined,
  defaultLimitsDeductWhen: undefined,
  defaultLimitsExemptWhen: undefined,
  defaultLimitsPerMethod: undefined,
  enabled: undefined,
  failOnFirstBreach: undefined,
  headerNames: undefined,
  headers: undefined,
  ipv6Prefix: undefined,
  keyPrefix: undefined,
  logger: undefined,
  malformedLimits: undefined,
  metaLimits: undefined,
  onBreach: undefined,
  onCallbackError: undefined,
  onMetaBreach: undefined,
  onStorageError: undefined,
  refusalMemory: undefined,
  requestIdentifier: undefined,
  retryAfter: undefined,
  silence: undefined,
  storage: undefined,
  storageOptions: undefined,
  storageTimeout: undefined,
  strategy: undefined,
  unmatchedLimits: undefined,
}

const NO_LIMIT_OPTION: Nothing<LimitOptions<never, never>> = {
  cost: undefined,
  deductWhen: undefined,
  errorMessage: undefined,
  exemptWhen: undefined,
  key: undefined,
  metaLimits: undefined,
  methods: undefined,
  name: undefined,
  onBreach: undefined,
  overrideDefaults: undefined,
  perMethod: undefined,
  scope: undefined,
  strategy: undefined,
}

const key = (): string => 'ann'

test.each([
  ['sluice', createLimiter({ key }), createLimiter({ key, ...NOTHING })],
  ['Express', express.createLimiter({ key }), express.createLimiter({ key, ...NOTHING, errors: undefined })],
  ['Fastify', fastify.createLimiter({ key }), fastify.createLimiter({ key, ...NOTHING, hook: undefined })],
  ['Koa', koa.createLimiter({ key }), koa.createLimiter({ key, ...NOTHING })],
  ['Hono', hono.createLimiter({ key }), hono.createLimiter({ key, ...NOTHING, trustProxy: undefined })],
  [
    'fetch handlers',
    fetching.createLimiter({ key }),
    fetching.createLimiter({ key, ...NOTHING, address: undefined, trustProxy: undefined }),
  ],
  ['node:http', http.createLimiter({ key }), http.createLimiter({ key, ...NOTHING, trustProxy: undefined })],
])('an option that is undefined is as if it were not given: %s', (_name, plain, limiter) => {
  expect(limiter.settings).toEqual(plain.settings)
})

test('an option of a limit that is undefined is as if it were not given', async () => {
  const request = { client: 'ann' }
  const decided = async (options: LimitOptions<object, undefined>): Promise<unknown> => {
    const limiter = createLimiter({ key, clock: { now: () => 0 }, defaultLimits: ['9 per day'] })
    const limits = [limiter.limit('5 per minute', options)]
    const decision = await limiter.decide(request, { endpoint: 'work', method: undefined, limits })
    return decision.limits
  }
  expect(await decided(NO_LIMIT_OPTION)).toEqual(await decided({}))
})

test('an option of a group is not lost to one of an entry that is undefined', async () => {
  const limiter = fetching.createLimiter({ key })
  const group = limiter.group('api', [{ limit: '5 per minute', cost: undefined }], { cost: 2 })
  const handler = limiter.handler({ endpoint: 'GET /', group }, (request) =>
    Response.json(limiter.currentLimits(request).map(({ cost }) => cost)),
  )
  expect(await (await handler(new Request('https://a.example/'))).json()).toEqual([2])
})

test('a part of what onBreach answers that is undefined is as if it were not given', async () => {
  const refused = async (answer: Answer): Promise<unknown> => {
    const limiter = fetching.createLimiter({ key, defaultLimits: ['1 per day'], onBreach: () => answer })
    const nothing = { limits: undefined, group: undefined, exempt: undefined }
    const handler = limiter.handler({ endpoint: 'GET /', ...nothing }, () => Response.json(42))
    await handler(new Request('https://a.example/'))
    const { status, headers, body } = await handler(new Request('https://a.example/'))
    return [status, [...headers], body]
  }
  expect(await refused({ status: 403, headers: undefined, body: undefined })).toEqual(await refused({ status: 403 }))
})
