import Router from '@koa/router'
import Koa, { type Context, type Response } from 'koa'
import { expectTypeOf } from 'vitest'
import {
  type Answer,
  createLimiter,
  type CurrentLimit,
  type Decision,
  type ExemptMiddleware,
  isLimiterError,
  type KoaLimiter,
  type KoaLimiterOptions,
  type LimitMiddleware,
  RateLimitExceeded,
  remoteAddress,
} from '../../src/adapters/koa/index.ts'
import type { WarningCode } from '../../src/index.ts'

interface State {
  user?: { readonly id: string }
}

const app = new Koa()
const typedApp = new Koa<State, { db: Map<string, string> }>()

const limiter = createLimiter({
  key: remoteAddress,
  defaultLimits: [
    '200 per day',
    (ctx) => (ctx.ip === '::1' ? '' : '50 per hour'),
    { limit: '5/minute', cost: (ctx) => ctx.path.length },
  ],
  applicationLimits: [
    { limit: async () => '9/day', deductWhen: (response, ctx) => response.status < 400 && ctx.secure },
  ],
  metaLimits: ['5/day', { limit: '9/day', key: (ctx) => ctx.get('X-User') }],
  onBreach: (limit, ctx) => ({ status: 403, body: { limit: limit.limit.text, path: ctx.path } }),
  headers: ['legacy', 'standard'],
})
expectTypeOf(limiter).toEqualTypeOf<KoaLimiter>()
expectTypeOf(limiter.init(app).init(typedApp)).toEqualTypeOf<KoaLimiter>()

// A limit is a middleware that leaves the types of a router alone.
const limit = limiter.limit('5/minute', { key: (ctx) => ctx.ip, methods: ['GET'], metaLimits: ['1/day'] })
expectTypeOf(limit).toEqualTypeOf<LimitMiddleware>()
const router = new Router()
router.get(
  '/items/:id',
  limit,
  limiter.sharedLimit('1/second', { scope: 'items' }),
  limiter.exempt({ default: true }),
  async (ctx) => {
    expectTypeOf(ctx.params['id']).toExtend<string | undefined>()
    expectTypeOf(ctx.state.rateLimit).toEqualTypeOf<Decision | undefined>()
    expectTypeOf(limiter.currentLimit(ctx)).toEqualTypeOf<CurrentLimit | undefined>()
    expectTypeOf(await limit.check(ctx)).toExtend<Decision>()
    expectTypeOf(await limiter.check(ctx)).toExtend<Decision>()
    expectTypeOf((await limiter.explain(ctx)).endpoint).toEqualTypeOf<string | undefined>()
    ctx.body = 'ok'
  },
)
const typedRouter = new Router<State, { db: Map<string, string> }>({ prefix: '/typed' })
typedRouter.get('/', limit, (ctx) => {
  expectTypeOf(ctx.state.user?.id).toEqualTypeOf<string | undefined>()
  expectTypeOf(ctx.db).toEqualTypeOf<Map<string, string>>()
})
app.use(limit).use(router.routes())
router.use(limit)
router.use('/path', limit)
expectTypeOf(limiter.exempt()).toEqualTypeOf<ExemptMiddleware>()

// Groups.
limiter
  .group(router, '5/minute', { overrideDefaults: false })
  .group(typedRouter, ['1/day', { limit: '5/minute', scope: (endpoint) => endpoint.toUpperCase() }])
expectTypeOf(limiter.exempt(typedRouter, { default: true })).toEqualTypeOf<KoaLimiter>()
limiter.requestFilter(async (ctx) => ctx.ip === '127.0.0.1')

const limited = limit.wrap(async (to: string, times: number) => ({ to, times }))
expectTypeOf(limited).parameters.toEqualTypeOf<[string, number]>()
expectTypeOf(limited('ann', 2)).resolves.toEqualTypeOf<{ to: string; times: number }>()

limiter.on('refused', ({ request, limit: refusedBy, decision }) => {
  expectTypeOf(request).toEqualTypeOf<Context>()
  expectTypeOf(refusedBy).toEqualTypeOf<CurrentLimit>()
  expectTypeOf(decision.retryAt).toEqualTypeOf<number | undefined>()
})
limiter.on('warning', ({ code }) => expectTypeOf(code).toEqualTypeOf<WarningCode>())

app.use(async (ctx, next) => {
  try {
    await next()
  } catch (error) {
    if (!(error instanceof RateLimitExceeded)) throw isLimiterError(error) ? new Error(error.code) : error
    expectTypeOf(error.retryAfter).toEqualTypeOf<number | undefined>()
    expectTypeOf<typeof error.expose>().toEqualTypeOf<true>()
    expectTypeOf(error.answer).toEqualTypeOf<Answer | undefined>()
    ctx.status = error.status
    ctx.body = { description: error.description }
  }
})

// Options can be put together elsewhere.
const options: KoaLimiterOptions = { key: async (ctx) => ctx.get('Authorization') }
const failures = (response: Response): boolean => response.status === 401
createLimiter({ ...options, storage: { uri: 'memory://', maxKeys: 5 }, logger: console }).limit('5/minute', {
  deductWhen: failures,
})

// What is wrong is found.
// @ts-expect-error: a key is needed
createLimiter({ defaultLimits: ['5/minute'] })
// @ts-expect-error: there is no such option
createLimiter({ key: remoteAddress, trustProxy: 1 })
// @ts-expect-error: an app is needed
limiter.init(router)
// @ts-expect-error: a group is a router, never a path
limiter.group('/api', '5/minute')
// @ts-expect-error: there is no such scope
limiter.exempt({ defaults: true })
// @ts-expect-error: a shared limit needs a scope
limiter.sharedLimit('5/minute')
