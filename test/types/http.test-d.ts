import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { expectTypeOf } from 'vitest'
import {
  createLimiter,
  type CurrentLimit,
  type Decision,
  type HandlerGroup,
  type Listener,
  type ListenerLimit,
  type NodeHttpLimiter,
  type NodeHttpLimiterOptions,
  remoteAddress,
} from '../../src/adapters/http/index.ts'

const limiter = createLimiter({
  key: remoteAddress,
  trustProxy: ['loopback', '10.0.0.0/8'],
  defaultLimits: ['200 per day', (request) => (request.headers.from ? '' : '50 per hour')],
  applicationLimits: [
    { limit: '9/day', deductWhen: (response, request) => response.statusCode < 400 && request.complete },
  ],
  onBreach: (limit, request) => ({ status: 403, body: { limit: limit.limit.text, path: request.url } }),
})
expectTypeOf(limiter).toEqualTypeOf<NodeHttpLimiter>()
createLimiter({ key: async ({ headers }) => headers.authorization, trustProxy: 1 })
createLimiter({ key: remoteAddress, trustProxy: { header: 'CF-Connecting-IP' } })

// A limited listener is the listener that it was.
const listener = limiter.handler({ endpoint: 'GET /' }, (request, response) => {
  expectTypeOf(request).toEqualTypeOf<IncomingMessage>()
  expectTypeOf(request.rateLimit).toEqualTypeOf<Decision | undefined>()
  expectTypeOf(response).toExtend<ServerResponse>()
  response.end('ok')
})
expectTypeOf(listener).toEqualTypeOf<Listener>()
createServer(listener)
const withNext = limiter.handler({ endpoint: 'GET /' }, (_request, _response, next: (error?: unknown) => void) =>
  next(),
)
expectTypeOf(withNext).toEqualTypeOf<Listener<[next: (error?: unknown) => void]>>()

// Limits, groups, exemptions.
const limit = limiter.limit('5/minute', { cost: ({ url = '' }) => url.length, methods: ['GET'] })
expectTypeOf(limit).toEqualTypeOf<ListenerLimit>()
const api = limiter.group('api', ['1/day', { limit: '5/minute', scope: (endpoint) => endpoint.toUpperCase() }])
expectTypeOf(api).toEqualTypeOf<HandlerGroup>()
const admin = limiter.group('admin', '5/minute', { group: api, overrideDefaults: false })
expectTypeOf(limiter.exempt(admin, { default: true })).toEqualTypeOf<NodeHttpLimiter>()
limiter.handler(
  { endpoint: ({ method }) => `${method} /`, limits: limit, group: admin, exempt: { meta: true } },
  listener,
)
limiter.handler(
  {
    endpoint: 'POST /',
    limits: ['5/minute', limit, { limit: '1/hour', overrideDefaults: false, shared: true, scope: 's' }],
  },
  listener,
)
createServer(limit.before(listener))

limiter.handler({ endpoint: 'GET /by-hand', exempt: true }, async (request, response) => {
  expectTypeOf(await limit.check(request)).toExtend<Decision>()
  expectTypeOf(limiter.currentLimit(request)).toEqualTypeOf<CurrentLimit | undefined>()
  response.end()
})
const limited = limit.wrap(async (to: string, times: number) => ({ to, times }))
expectTypeOf(limited).parameters.toEqualTypeOf<[string, number]>()

const options: NodeHttpLimiterOptions = { key: remoteAddress }
createLimiter({ ...options, storage: { uri: 'memory://', maxKeys: 5 }, logger: console })

// What is wrong is found.
// @ts-expect-error: a key is needed
createLimiter({ trustProxy: 1 })
// @ts-expect-error: everybody is nobody in particular
createLimiter({ key: remoteAddress, trustProxy: true })
// @ts-expect-error: an endpoint is needed
limiter.handler({ limits: '5/minute' }, listener)
// @ts-expect-error: there is no such option
limiter.handler({ endpoint: 'GET /', limit: '5/minute' }, listener)
// @ts-expect-error: a group is made by limiter.group
limiter.handler({ endpoint: 'GET /', group: 'api' }, listener)
// @ts-expect-error: false would say nothing
limiter.handler({ endpoint: 'GET /', exempt: false }, listener)
// @ts-expect-error: there is no such scope
limiter.exempt(api, { defaults: true })
