import { type Context, Hono, type MiddlewareHandler } from 'hono'
import type { HTTPException } from 'hono/http-exception'
import { expectTypeOf } from 'vitest'
import {
  type Answer,
  createLimiter,
  type CurrentLimit,
  type Decision,
  type HonoLimiter,
  type HonoLimiterOptions,
  isLimiterError,
  type LimitMiddleware,
  RateLimitExceeded,
  remoteAddress,
} from '../../src/adapters/hono/index.ts'
import type { WarningCode } from '../../src/index.ts'

/** What an app says of its requests. */
interface AppEnv {
  Bindings: { readonly REDIS_URL: string }
  Variables: { user: { readonly id: string } }
}

// Without saying more.
const limiter = createLimiter({
  key: remoteAddress,
  defaultLimits: [
    '200 per day',
    (c) => (c.req.header('X-Free') ? '' : '50 per hour'),
    { limit: '5/minute', cost: (c) => c.req.path.length },
  ],
  applicationLimits: [
    { limit: async () => '9/day', deductWhen: (response, c) => response.ok && c.req.method === 'GET' },
  ],
  metaLimits: ['5/day', { limit: '9/day', key: (c) => c.req.header('X-User') }],
  onBreach: (limit, c) => ({ status: 403, body: { limit: limit.limit.text, path: c.req.path } }),
  headers: ['legacy', 'standard'],
  trustProxy: ['loopback', '10.0.0.0/8'],
})
expectTypeOf(limiter).toEqualTypeOf<HonoLimiter>()
const app = new Hono()
expectTypeOf(limiter.init(app)).toEqualTypeOf<HonoLimiter>()

// A limit is a middleware that leaves the types of an app alone.
const limit = limiter.limit('5/minute', { key: (c) => c.req.path, methods: ['GET'], metaLimits: ['1/day'] })
expectTypeOf(limit).toEqualTypeOf<LimitMiddleware>()
app.use(limit)
app.use('/path/*', limit)
app.get(
  '/items/:id',
  limit,
  limiter.sharedLimit('1/second', { scope: 'items' }),
  limiter.exempt({ default: true }),
  async (c) => {
    expectTypeOf(c.req.param('id')).toEqualTypeOf<string>()
    expectTypeOf(c.get('rateLimit')).toEqualTypeOf<Decision | undefined>()
    expectTypeOf(c.var.rateLimit).toEqualTypeOf<Decision | undefined>()
    expectTypeOf(limiter.currentLimit(c)).toEqualTypeOf<CurrentLimit | undefined>()
    expectTypeOf(await limit.check(c)).toExtend<Decision>()
    expectTypeOf(await limiter.check(c)).toExtend<Decision>()
    expectTypeOf((await limiter.explain(c)).endpoint).toEqualTypeOf<string | undefined>()
    return c.text('ok')
  },
)

// In an app that says what its requests have, any limiter can stand, and what is said stays.
const typedApp = new Hono<AppEnv>()
limiter.init(typedApp)
typedApp.get('/a/:id', limiter.limit('5/minute'), limiter.exempt(), (c) => {
  expectTypeOf(c.env).toEqualTypeOf<AppEnv['Bindings']>()
  expectTypeOf(c.env).not.toBeAny()
  expectTypeOf(c.var.user).toEqualTypeOf<{ readonly id: string }>()
  expectTypeOf(c.var.rateLimit).toEqualTypeOf<Decision | undefined>()
  expectTypeOf(c.req.param('id')).toEqualTypeOf<string>()
  return c.text('ok')
})

// A limiter that is told of the requests knows them wherever it asks.
const typedLimiter = createLimiter<AppEnv>({
  key: (c) => {
    expectTypeOf(c).toEqualTypeOf<Context<AppEnv>>()
    return c.var.user.id
  },
  storage: (c) => c.env.REDIS_URL,
  defaultLimits: [{ limit: '5/minute', exemptWhen: (c) => c.var.user.id === 'admin' }],
})
expectTypeOf(typedLimiter.init(typedApp)).toEqualTypeOf<HonoLimiter<AppEnv>>()
const typedLimit = typedLimiter.limit((c) => (c.var.user.id === 'ann' ? '9/day' : '5/minute'))
typedApp.get('/b', typedLimit, (c) => {
  expectTypeOf(c.var.user.id).toEqualTypeOf<string>()
  expectTypeOf(typedLimiter.currentLimit(c)).toEqualTypeOf<CurrentLimit | undefined>()
  return c.text('ok')
})
typedApp.use(typedLimit, typedLimiter.exempt())
typedLimiter.requestFilter((c) => c.env.REDIS_URL === '')
expectTypeOf(typedLimit).toExtend<MiddlewareHandler<AppEnv>>()
// As much is told by the type of a parameter.
expectTypeOf(createLimiter({ key: remoteAddress, storage: (c: Context<AppEnv>) => c.env.REDIS_URL })).toEqualTypeOf<
  HonoLimiter<AppEnv>
>()

// Groups.
const api = new Hono<AppEnv>().basePath('/api').get('/x', (c) => c.text('x'))
limiter
  .group(api, '5/minute', { overrideDefaults: false })
  .group(new Hono(), ['1/day', { limit: '5/minute', scope: (endpoint) => endpoint.toUpperCase() }])
expectTypeOf(limiter.exempt(api, { default: true })).toEqualTypeOf<HonoLimiter>()
expectTypeOf(typedLimiter.exempt(api)).toEqualTypeOf<HonoLimiter<AppEnv>>()
app.route('/v1', api)

const limited = limit.wrap(async (to: string, times: number) => ({ to, times }))
expectTypeOf(limited).parameters.toEqualTypeOf<[string, number]>()
expectTypeOf(limited('ann', 2)).resolves.toEqualTypeOf<{ to: string; times: number }>()

typedLimiter.on('refused', ({ request, limit: refusedBy, decision }) => {
  expectTypeOf(request).toEqualTypeOf<Context<AppEnv>>()
  expectTypeOf(refusedBy).toEqualTypeOf<CurrentLimit>()
  expectTypeOf(decision.retryAt).toEqualTypeOf<number | undefined>()
})
limiter.on('warning', ({ code }) => expectTypeOf(code).toEqualTypeOf<WarningCode>())

app.onError((error, c) => {
  if (!(error instanceof RateLimitExceeded)) throw isLimiterError(error) ? new Error(error.code) : error
  expectTypeOf(error.retryAfter).toEqualTypeOf<number | undefined>()
  expectTypeOf(error.answer).toEqualTypeOf<Answer | undefined>()
  return c.json({ error: error.description }, error.status)
})
expectTypeOf<HTTPException['status']>().toExtend<number>()

// Options can be put together elsewhere.
const options: HonoLimiterOptions = { key: async (c) => c.req.header('Authorization') }
const failures = (response: Response): boolean => response.status === 401
createLimiter({ ...options, storage: { uri: 'memory://', maxKeys: 5 }, logger: console }).limit('5/minute', {
  deductWhen: failures,
})

// What is wrong is found.
// @ts-expect-error: a key is needed
createLimiter({ defaultLimits: ['5/minute'] })
// @ts-expect-error: there is no such option
createLimiter({ key: remoteAddress, trustProxies: 1 })
// @ts-expect-error: nobody is believed blindly
createLimiter({ key: remoteAddress, trustProxy: true })
// @ts-expect-error: there is no such binding
createLimiter<AppEnv>({ key: remoteAddress, storage: (c) => c.env.REDIS })
// @ts-expect-error: an app is needed
limiter.init('/api')
// @ts-expect-error: a group is an app, never a path
limiter.group('/api', '5/minute')
// @ts-expect-error: there is no such scope
limiter.exempt({ defaults: true })
// @ts-expect-error: a shared limit needs a scope
limiter.sharedLimit('5/minute')
