import express, { type NextFunction, type Request, type Response, Router } from 'express'
import { expectTypeOf } from 'vitest'
import {
  type Answer,
  createLimiter,
  type CurrentLimit,
  type Decision,
  type ExemptMiddleware,
  type ExpressLimiter,
  type ExpressLimiterOptions,
  isLimiterError,
  type LimitMiddleware,
  RateLimitExceeded,
  remoteAddress,
} from '../../src/adapters/express/index.ts'
import type { Clock, Storage, WarningCode } from '../../src/index.ts'

const app = express()

const limiter = createLimiter({
  key: remoteAddress,
  defaultLimits: [
    '200 per day',
    (request) => (request.ip === '::1' ? '' : '50 per hour'),
    { limit: '5/minute', cost: (request) => request.url.length },
  ],
  applicationLimits: [
    { limit: async () => '9/day', deductWhen: (response, request) => response.statusCode < 400 && request.secure },
  ],
  applicationLimitsCost: async () => 1,
  metaLimits: ['5/day', { limit: '9/day', key: (request) => request.get('X-User') }],
  onBreach: (limit, request) => ({ status: 403, body: { limit: limit.limit.text, path: request.path } }),
  onMetaBreach: () => undefined,
  storage: 'memory://',
  onStorageError: { fallback: ['10/minute'] },
  headers: ['legacy', 'standard'],
  headerNames: { limit: 'X-Limit' },
  requestIdentifier: (request) => request.path,
  silence: ['WARN_PASSED_ON'],
  errors: 'next',
})
expectTypeOf(limiter).toEqualTypeOf<ExpressLimiter>()
expectTypeOf(limiter.init(app)).toEqualTypeOf<ExpressLimiter>()

// A limit is a middleware that leaves the inference of route parameters alone.
const limit = limiter.limit('5/minute', { key: (request) => request.ip, methods: ['GET'], metaLimits: ['1/day'] })
expectTypeOf(limit).toEqualTypeOf<LimitMiddleware>()
app.get(
  '/t/:tenant/items/:id',
  limit,
  limiter.sharedLimit('1/second', { scope: 'items' }),
  limiter.exempt({ default: true }),
  (request, response) => {
    expectTypeOf<keyof typeof request.params>().toEqualTypeOf<'tenant' | 'id'>()
    expectTypeOf(request.params.tenant).toEqualTypeOf<string>()
    expectTypeOf(request.rateLimit).toEqualTypeOf<Decision | undefined>()
    expectTypeOf(request.rateLimit?.limit?.remaining).toEqualTypeOf<number | undefined>()
    response.send('ok')
  },
)
app.use(limiter.limit('1/second'))
app.use('/files', limit, express.static('files'))
Router().post<{ id: string }, { ok: boolean }, { name: string }>('/:id', limit, (request, response) => {
  expectTypeOf(request.body.name).toEqualTypeOf<string>()
  response.json({ ok: true })
})
app
  .route('/r')
  .all(limit)
  .get(limiter.exempt(), (_request, response) => void response.end())
expectTypeOf(limiter.exempt()).toEqualTypeOf<ExemptMiddleware>()
expectTypeOf(limiter.exempt(Router())).toEqualTypeOf<ExpressLimiter>()
limiter
  .group(Router(), '5/minute', { overrideDefaults: false })
  .group(express(), ['1/day', { limit: '5/minute', scope: (endpoint) => endpoint.toUpperCase() }])
limiter.requestFilter(async (request) => request.ip === '127.0.0.1')

// By hand.
app.get('/by-hand', async (request, response) => {
  expectTypeOf(await limit.check(request)).toExtend<Decision>()
  expectTypeOf(await limiter.check(request)).toExtend<Decision>()
  expectTypeOf(limiter.currentLimit(request)).toEqualTypeOf<CurrentLimit | undefined>()
  expectTypeOf(limiter.currentLimits(request)).toEqualTypeOf<readonly CurrentLimit[]>()
  const { applies, skipped } = await limiter.explain(request)
  expectTypeOf(applies[0]?.limit).toEqualTypeOf<string | undefined>()
  expectTypeOf(skipped[0]?.reason).toExtend<string | undefined>()
  response.end()
})
const limited = limit.wrap(async (to: string, times: number) => ({ to, times }))
expectTypeOf(limited).parameters.toEqualTypeOf<[string, number]>()
expectTypeOf(limited('ann', 2)).resolves.toEqualTypeOf<{ to: string; times: number }>()
expectTypeOf(await limit.wrap((n: number) => String(n))(1)).toEqualTypeOf<string>()

limiter.on('refused', ({ request, limit: refusedBy, decision }) => {
  expectTypeOf(request).toEqualTypeOf<Request>()
  expectTypeOf(refusedBy).toEqualTypeOf<CurrentLimit>()
  expectTypeOf(decision.retryAt).toEqualTypeOf<number | undefined>()
})
limiter.on('warning', ({ code }) => expectTypeOf(code).toEqualTypeOf<WarningCode>())

app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
  if (error instanceof RateLimitExceeded) {
    expectTypeOf(error.retryAfter).toEqualTypeOf<number | undefined>()
    expectTypeOf<typeof error.status>().toEqualTypeOf<429>()
    expectTypeOf(error.answer).toEqualTypeOf<Answer | undefined>()
    response.status(error.status).json({ description: error.description })
  } else if (isLimiterError(error)) next(error.code)
})

// Options can be put together elsewhere.
const options: ExpressLimiterOptions = {
  key: async (request) => request.get('Authorization'),
  clock: { now: () => 0 } satisfies Clock,
}
createLimiter({ ...options, storage: { uri: 'memory://', maxKeys: 5 } })
declare const storage: Storage
createLimiter({ ...options, storage, logger: console })
