import { expectTypeOf } from 'vitest'
import {
  createLimiter,
  type CurrentLimit,
  type Decision,
  type FetchLimit,
  type FetchLimiter,
  type Handler,
  type HandlerGroup,
  remoteAddress,
} from '../../src/adapters/fetch/index.ts'

/** What Deno hands to its handlers, and what a framework makes of a request. */
interface Info {
  readonly remoteAddr: { readonly hostname: string }
}
interface NextRequest extends Request {
  readonly nextUrl: URL
}

const limiter = createLimiter({
  key: remoteAddress,
  address: (_request, info: Info) => info.remoteAddr.hostname,
  trustProxy: ['loopback', '10.0.0.0/8'],
  defaultLimits: ['200 per day', (request) => (request.headers.has('X-Free') ? '' : '50 per hour')],
  applicationLimits: [
    { limit: '9/day', deductWhen: (response, request) => response.status < 400 && request.method === 'GET' },
  ],
  metaLimits: ['5/day'],
  onBreach: (limit, request) => ({ status: 403, body: { limit: limit.limit.text, path: request.url } }),
})
expectTypeOf(limiter).toEqualTypeOf<FetchLimiter>()
createLimiter({
  key: async (request) => request.headers.get('X-User') ?? undefined,
  trustProxy: { header: 'CF-Connecting-IP' },
})

// A limited handler is the handler that it was.
const plain = limiter.handler({ endpoint: 'GET /a' }, (request) => new Response(request.url))
expectTypeOf(plain).toEqualTypeOf<Handler>()
expectTypeOf(plain(new Request('http://localhost'))).toEqualTypeOf<Response | Promise<Response>>()
const next = limiter.handler(
  { endpoint: 'GET /a/:id', limits: '5/minute' },
  async (request: NextRequest, { params }: { params: Promise<{ id: string }> }) => {
    expectTypeOf((await params).id).toEqualTypeOf<string>()
    return new Response(request.nextUrl.pathname)
  },
)
expectTypeOf(next).parameters.toEqualTypeOf<[NextRequest, { params: Promise<{ id: string }> }]>()
declare function serve(handler: (request: Request, info: Info) => Response | Promise<Response>): void
serve(plain)
serve(
  limiter.handler(
    { endpoint: (request, info: Info) => `${request.method} ${info.remoteAddr.hostname}` },
    (_request, info: Info) => new Response(info.remoteAddr.hostname),
  ),
)

const limit = limiter.limit('5/minute', { key: (request) => request.url, methods: ['GET'], metaLimits: ['1/day'] })
expectTypeOf(limit).toEqualTypeOf<FetchLimit>()
expectTypeOf(limit.before(next)).toEqualTypeOf(next)
const api = limiter.group('api', ['100/minute', { limit: '5/minute', scope: (endpoint) => endpoint.toUpperCase() }])
expectTypeOf(api).toEqualTypeOf<HandlerGroup>()
limiter.handler(
  {
    endpoint: 'POST /a',
    limits: [
      limit,
      '1/second',
      { limit: () => '5/minute', overrideDefaults: false, shared: true, scope: 'a' },
      limiter.sharedLimit('9/day', { scope: 's' }),
    ],
    group: limiter.group('admin', '5/minute', { group: api, overrideDefaults: false }),
    exempt: { default: true },
  },
  plain,
)
limiter.handler({ endpoint: 'GET /free', exempt: true }, plain)
expectTypeOf(limiter.exempt(api, { meta: true })).toEqualTypeOf<FetchLimiter>()
limiter.requestFilter(async (request) => request.headers.has('X-Internal'))

// By hand.
const request = new Request('http://localhost')
expectTypeOf(await limit.check(request)).toExtend<Decision>()
expectTypeOf(await limiter.check(request)).toExtend<Decision>()
expectTypeOf(limiter.currentLimit(request)).toEqualTypeOf<CurrentLimit | undefined>()
const limited = limit.wrap(async (to: string, times: number) => ({ to, times }))
expectTypeOf(limited).parameters.toEqualTypeOf<[string, number]>()
limiter.on('refused', (event) => expectTypeOf(event.request).toEqualTypeOf<Request>())

// @ts-expect-error: a key is needed
createLimiter({ defaultLimits: ['5/minute'] })
// @ts-expect-error: there is no such option
createLimiter({ key: remoteAddress, trustProxies: 1 })
// @ts-expect-error: nobody is believed blindly
createLimiter({ key: remoteAddress, trustProxy: true })
// @ts-expect-error: an address is text
createLimiter({ key: remoteAddress, address: () => 5 })
// @ts-expect-error: a handler has a name
limiter.handler({ limits: '5/minute' }, plain)
// @ts-expect-error: there is no such option
limiter.handler({ endpoint: 'GET /a', limit: '5/minute' }, plain)
// @ts-expect-error: a number is no limit
limiter.handler({ endpoint: 'GET /a', limits: 5 }, plain)
// @ts-expect-error: a group is made by limiter.group
limiter.handler({ endpoint: 'GET /a', group: 'api' }, plain)
// @ts-expect-error: a handler answers a response
limiter.handler({ endpoint: 'GET /a' }, () => 'ok')
// @ts-expect-error: exempt groups are made by limiter.group
limiter.exempt('api')
// @ts-expect-error: a shared limit needs a scope
limiter.sharedLimit('5/minute')
