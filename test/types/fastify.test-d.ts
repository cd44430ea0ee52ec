import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { expectTypeOf } from 'vitest'
import {
  type Answer,
  createLimiter,
  type CurrentLimit,
  type Decision,
  type ExemptHook,
  type FastifyLimiter,
  type FastifyLimiterOptions,
  isLimiterError,
  type LimitHook,
  RateLimitExceeded,
  remoteAddress,
  type RouteLimits,
} from '../../src/adapters/fastify/index.ts'
import type { WarningCode } from '../../src/index.ts'

const app = Fastify()

const limiter = createLimiter({
  key: remoteAddress,
  defaultLimits: [
    '200 per day',
    (request) => (request.ip === '::1' ? '' : '50 per hour'),
    { limit: '5/minute', cost: (request) => request.url.length },
  ],
  applicationLimits: [
    {
      limit: async () => '9/day',
      deductWhen: (reply, request) => reply.statusCode < 400 && request.protocol === 'https',
    },
  ],
  metaLimits: ['5/day', { limit: '9/day', key: (request) => request.headers.from }],
  onBreach: (limit, request) => ({ status: 403, body: { limit: limit.limit.text, path: request.url } }),
  headers: ['legacy', 'standard'],
  requestIdentifier: (request) => request.routeOptions.url ?? '',
  hook: 'preHandler',
})
expectTypeOf(limiter).toEqualTypeOf<FastifyLimiter>()

// The plugin goes where plugins go, whatever server an app runs on.
app.register(limiter.plugin)
await app.register(limiter.plugin)
void Fastify({ http2: true }).register(limiter.plugin)
void Fastify({ https: { key: '', cert: '' } }).register(limiter.plugin)

// The config of a route.
app.get('/text', { config: { rateLimit: '5/minute' } }, () => 'ok')
app.get(
  '/object',
  { config: { rateLimit: { limit: '5/minute', cost: ({ url }) => url.length, overrideDefaults: false } } },
  () => 'ok',
)
app.get('/function', { config: { rateLimit: async (request) => (request.ip === '::1' ? '' : '5/minute') } }, () => 'ok')
app.get('/list', { config: { rateLimit: ['5/minute', { limit: '1/day', shared: true, scope: 'day' }] } }, () => 'ok')
app.route({ method: ['GET', 'POST'], url: '/free', config: { rateLimit: false }, handler: () => 'ok' })
const limits = ['5/minute', { limit: '1/day', deductWhen: (reply) => reply.statusCode === 401 }] satisfies RouteLimits
app.get('/apart', { config: { rateLimit: limits } }, () => 'ok')

// Limits as hooks leave the inference of a route alone.
const limit = limiter.limit('5/minute', { key: (request) => request.ip, methods: ['GET'], metaLimits: ['1/day'] })
expectTypeOf(limit).toEqualTypeOf<LimitHook>()
app.get('/hook', { onRequest: limit }, () => 'ok')
app.post<{ Params: { id: string }; Body: { name: string }; Querystring: { page: number } }>(
  '/items/:id',
  {
    onRequest: [limit, limiter.exempt({ default: true })],
    preHandler: limiter.sharedLimit('1/second', { scope: 'items' }),
  },
  async (request) => {
    expectTypeOf(request.params.id).toEqualTypeOf<string>()
    expectTypeOf(request.body.name).toEqualTypeOf<string>()
    expectTypeOf(request.rateLimit).toEqualTypeOf<Decision | undefined>()
    expectTypeOf(request.rateLimit?.limit?.remaining).toEqualTypeOf<number | undefined>()
    expectTypeOf(limiter.currentLimit(request)).toEqualTypeOf<CurrentLimit | undefined>()
    expectTypeOf(await limit.check(request)).toExtend<Decision>()
    expectTypeOf(await limiter.check(request)).toExtend<Decision>()
    expectTypeOf((await limiter.explain(request)).endpoint).toEqualTypeOf<string | undefined>()
    return 'ok'
  },
)
app.addHook('onRequest', limit)
app.addHook('preHandler', limit)
app.setNotFoundHandler({ preHandler: limit }, (_request, reply) => void reply.code(404).send())
expectTypeOf(limiter.exempt()).toEqualTypeOf<ExemptHook>()

// Groups.
app.register(async (api, _options) => {
  limiter
    .group(api, '5/minute', { overrideDefaults: false })
    .group(api, ['1/day', { limit: '5/minute', scope: (endpoint) => endpoint.toUpperCase() }])
  expectTypeOf(limiter.exempt(api, { default: true })).toEqualTypeOf<FastifyLimiter>()
})
limiter.requestFilter(async (request) => request.ip === '127.0.0.1')

const limited = limit.wrap(async (to: string, times: number) => ({ to, times }))
expectTypeOf(limited).parameters.toEqualTypeOf<[string, number]>()
expectTypeOf(limited('ann', 2)).resolves.toEqualTypeOf<{ to: string; times: number }>()

limiter.on('refused', ({ request, limit: refusedBy, decision }) => {
  expectTypeOf(request).toEqualTypeOf<FastifyRequest>()
  expectTypeOf(refusedBy).toEqualTypeOf<CurrentLimit>()
  expectTypeOf(decision.retryAt).toEqualTypeOf<number | undefined>()
})
limiter.on('warning', ({ code }) => expectTypeOf(code).toEqualTypeOf<WarningCode>())

app.setErrorHandler((error, _request, reply: FastifyReply) => {
  if (error instanceof RateLimitExceeded) {
    expectTypeOf(error.retryAfter).toEqualTypeOf<number | undefined>()
    expectTypeOf<typeof error.statusCode>().toEqualTypeOf<429>()
    expectTypeOf(error.answer).toEqualTypeOf<Answer | undefined>()
    return reply.code(error.statusCode).send({ description: error.description })
  }
  return reply.send(isLimiterError(error) ? error.code : error)
})

// Options can be put together elsewhere.
const options: FastifyLimiterOptions = { key: async (request) => request.headers.authorization }
createLimiter({ ...options, storage: { uri: 'memory://', maxKeys: 5 }, logger: app.log })

// What is wrong is found.
// @ts-expect-error: a key is needed
createLimiter({ defaultLimits: ['5/minute'] })
// @ts-expect-error: there is no such option
createLimiter({ key: remoteAddress, errors: 'next' })
// @ts-expect-error: there is no such hook
createLimiter({ key: remoteAddress, hook: 'preParsing' })
// @ts-expect-error: only Fastify's own request has these
createLimiter({ key: (request) => request.ctx.ip })
// @ts-expect-error: true says nothing
app.get('/wrong', { config: { rateLimit: true } }, () => 'ok')
// @ts-expect-error: an object needs a limit
app.get('/wrong', { config: { rateLimit: { max: 5 } } }, () => 'ok')
// @ts-expect-error: a group is an instance, never a path
limiter.group('/api', '5/minute')
// @ts-expect-error: there is no such scope
limiter.exempt({ defaults: true })
// @ts-expect-error: a shared limit needs a scope
limiter.sharedLimit('5/minute')
// @ts-expect-error: what is decided is not to be changed
app.get('/', (request) => void (request.rateLimit = undefined))

export const typed: FastifyInstance = app

const secure = Fastify({ http2: true })
secure.addHook('onRequest', limit)
secure.get('/h2', { onRequest: limit, preHandler: limiter.exempt() }, () => 'ok')
limiter.group(secure, '5/minute').exempt(secure)
