import { describe, expect, test, vi } from 'vitest'
import { createLimiter, type FetchLimiter, remoteAddress } from '../../../src/adapters/fetch/index.ts'
import { limiterWith, type Log, ok, requestTo, statuses } from './playground.ts'

const once = { limit: '1 per minute' }

describe('a limited handler', () => {
  test('is counted by its name, whatever the path', async () => {
    const limiter = limiterWith({ defaultLimits: [once] })
    const endpoints: unknown[] = []
    const handler = limiter.handler({ endpoint: 'GET /items/:id' }, async (request) => {
      endpoints.push((await limiter.explain(request)).endpoint)
      return ok()
    })
    expect(await statuses(handler, [requestTo('/items/1'), requestTo('/items/2')])).toEqual([200, 429])
    expect(endpoints).toEqual(['GET /items/:id'])
  })

  test('can be several routes, named by a function', async () => {
    const limiter = limiterWith({
      applicationLimits: ['3 per minute'],
      defaultLimits: [once],
      unmatchedLimits: ['2 per minute'],
    })
    const endpoint = (request: Request, routes: readonly string[]): string =>
      routes.find((route) => request.url.endsWith(route)) ?? ''
    const handler = limiter.handler({ endpoint }, (_request, _routes: readonly string[]) => ok())
    const app = (request: Request): Response | Promise<Response> => handler(request, ['/a', '/b'])
    expect(
      await statuses(
        app,
        ['/a', '/a', '/b', '/c', '/c', '/c'].map((path) => requestTo(path)),
      ),
    ).toEqual([200, 429, 200, 200, 200, 429])
    expect(await limiter.clear({ key: '192.0.2.1', endpoint: '/a' })).toBe(2)
    expect(await statuses(app, [requestTo('/a'), requestTo('/b')])).toEqual([200, 429])
  })

  test('counts HEAD as GET, unless its name says HEAD', async () => {
    const limiter = limiterWith({ defaultLimits: [{ limit: '1 per minute', perMethod: true }] })
    const [get, head] = [requestTo('/'), requestTo('/', { method: 'HEAD' })]
    for (const [endpoint, second] of [
      ['GET /a', 429],
      ['search', 429],
      ['GET,HEAD /a', 200],
    ] as const) {
      expect(await statuses(limiter.handler({ endpoint }, ok), [get, head]), endpoint).toEqual([200, second])
    }
  })

  test('can be named by requestIdentifier', async () => {
    const limiter = limiterWith({
      defaultLimits: [once],
      requestIdentifier: ({ url }) => (url.endsWith('/free') ? '' : 'all'),
    })
    const [a, b] = ['GET /a', 'GET /b'].map((endpoint) => limiter.handler({ endpoint }, ok))
    expect(await statuses(a!, [requestTo(), requestTo('/free')])).toEqual([200, 200])
    expect(await statuses(b!, [requestTo(), requestTo('/free')])).toEqual([429, 200])
  })

  test('counts a request again when it is handed over again', async () => {
    const handler = limiterWith({ defaultLimits: [once] }).handler({ endpoint: 'GET /' }, ok)
    const request = requestTo()
    expect(await statuses(handler, [request, request])).toEqual([200, 429])
  })

  test('inside another one counts only its own limits, and a warning says so once', async () => {
    const log: Log = []
    const limiter = limiterWith({ defaultLimits: ['3 per minute'], headers: 'legacy' }, log)
    const inner = limiter.handler({ endpoint: 'GET /inner', limits: '2 per minute' }, ok)
    const outer = limiter.handler({ endpoint: 'GET /outer' }, inner)
    const answer = await outer(requestTo())
    expect(answer.headers.get('X-RateLimit-Limit')).toBe('2')
    expect(await statuses(outer, [requestTo(), requestTo(), requestTo()])).toEqual([200, 429, 429])
    expect(log).toEqual(['warn WARN_PASSED_ON'])
  })

  test('of one limiter can be inside one of another: both count, and one of them writes the headers', async () => {
    const log: Log = []
    const first = limiterWith({ keyPrefix: 'first', applicationLimits: ['9 per minute'], headers: 'standard' }, log)
    const second = limiterWith({ keyPrefix: 'second', defaultLimits: [once], headers: 'standard' }, log)
    const handler = first.handler({ endpoint: 'GET /' }, second.handler({ endpoint: 'GET /' }, ok))
    const [allowed, refused] = [await handler(requestTo()), await handler(requestTo())]
    expect(allowed.headers.get('RateLimit')).toBe('"application-minute";r=8;t=60, "default-minute";r=0;t=60')
    expect([refused.status, refused.headers.get('RateLimit')]).toEqual([
      429,
      '"application-minute";r=7;t=60, "default-minute";r=0;t=60',
    ])
    expect(log).toEqual([])
  })

  test('each limiter is told of what its own handler was handed, as by a hook around all routes', async () => {
    const address = (_request: Request, { name }: { name: string }) => name
    const outer = createLimiter({ key: remoteAddress, address, keyPrefix: 'outer', defaultLimits: ['9/day'] })
    const inner = createLimiter({ key: remoteAddress, address, keyPrefix: 'inner', defaultLimits: [once] })
    const handler = inner.handler(
      { endpoint: 'GET /' },
      (_request: Request, { name }: { name: string }) => new Response(name),
    )
    const hook = outer.handler(
      { endpoint: 'all' },
      (request: Request, { event }: { name: string; event: { name: string } }) => handler(request, event),
    )
    const get = async (name: string) => (await hook(requestTo(), { name: '192.0.2.1', event: { name } })).status
    expect([await get('192.0.2.2'), await get('192.0.2.3'), await get('192.0.2.2')]).toEqual([200, 200, 429])
  })

  test('a limiter that is only asked in a handler is told of what that was handed', async () => {
    const options = { key: remoteAddress, address: (_request: Request, { name }: { name: string }) => name }
    const search = createLimiter({ ...options, keyPrefix: 'search' }).limit('1/day')
    const handler = createLimiter(options).handler({ endpoint: 'GET /' }, async (request, _event: { name: string }) => {
      await search.check(request)
      return ok()
    })
    const get = async (name: string) => (await handler(requestTo(), { name })).status
    expect([await get('192.0.2.2'), await get('192.0.2.3'), await get('192.0.2.2')]).toEqual([200, 200, 429])
  })

  test('says what it cannot use', () => {
    const [limiter, other] = [limiterWith(), limiterWith()]
    const wrong =
      (options: object, fn: unknown = ok) =>
      () =>
        limiter.handler(options as never, fn as never)
    expect(wrong({ endpoint: '' })).toThrow(
      'limiter.handler: endpoint: expected a name such as \'GET /items/:id\', or a function that answers it, got ""',
    )
    expect(wrong({})).toThrow('limiter.handler: endpoint: expected a name')
    expect(wrong({ endpoint: 'a', limit: '5 per minute' })).toThrow(
      'limiter.handler: unknown option "limit"; did you mean limits?',
    )
    expect(wrong({ endpoint: 'a', limits: 'often' })).toThrow('limiter.handler: limits: ')
    expect(wrong({ endpoint: 'a', limits: ['5 per minute', { limit: '5 per minute', keyFunc: () => '' }] })).toThrow(
      'limiter.handler: limits[1]: unknown option "keyFunc"; did you mean key?',
    )
    expect(wrong({ endpoint: 'a', limits: [other.limit('5 per minute')] })).toThrow(
      'limiter.handler: limits: this limit was made by another limiter',
    )
    expect(wrong({ endpoint: 'a', exempt: {} })).toThrow('limiter.handler: exempt: expected at least one scope')
    expect(wrong({ endpoint: 'a', group: 'api' })).toThrow(
      'limiter.handler: group: expected a group made by limiter.group(name, …) of the same limiter, got "api"',
    )
    expect(wrong({ endpoint: 'a', group: other.group('api', '5 per minute') })).toThrow(
      'limiter.handler: group: expected a group',
    )
    expect(wrong({ endpoint: 'a' }, 5)).toThrow('limiter.handler: expected a handler, got 5')
  })
})

test('what frameworks hand over in place of a request is an error that says where the request goes', async () => {
  const limiter = limiterWith({ defaultLimits: ['1 per minute'] })
  const handler = limiter.handler(
    { endpoint: 'GET /' },
    (_request: Request, event: { name: string }) => new Response(event.name),
  )
  const event = { name: 'event', request: requestTo() }
  expect(() => handler(event as never, event)).toThrow(
    /^limiter\.handler: expected a Request, got \{.*\}; where a framework hands over something that has one, call the handler with event\.request, event$/,
  )
  expect(() => handler(undefined as never, event)).toThrow('limiter.handler: expected a Request, got undefined')
  expect(await (await handler(event.request, event)).text()).toBe('event')
})

describe('groups of handlers', () => {
  test('a name that is used again is the same group', async () => {
    const limiter = limiterWith()
    const group = limiter.group('api', '5 per minute')
    expect(limiter.group('api', '1 per second')).toBe(group)
    const handler = limiter.handler({ endpoint: 'GET /', group }, ok)
    expect(await statuses(handler, [requestTo(), requestTo()])).toEqual([200, 429])
  })

  test('a group stays where it is', () => {
    const limiter = limiterWith()
    const [a, b] = [limiter.group('a', '5 per minute'), limiter.group('b', '5 per minute')]
    limiter.group('inner', '1 per second', { group: a })
    expect(limiter.group('inner', '1 per day').group).toBe(a)
    expect(() => limiter.group('inner', '1 per day', { group: b })).toThrow(
      'limiter.group: the group "inner" is there already, and not in the group "b"',
    )
  })

  test('what is no group is an error that says so', () => {
    const limiter = limiterWith()
    expect(() => limiter.group('', '5 per minute')).toThrow('limiter.group: expected a name, got ""')
    expect(() => limiter.group('a', '5 per minute', { group: limiterWith().group('b', '5 per minute') })).toThrow(
      'limiter.group: group: expected a group',
    )
    expect(() => limiter.exempt('a' as never)).toThrow('limiter.exempt: expected a group')
  })
})

describe('a limit', () => {
  test('can stand before everything else, and decides there', async () => {
    const limiter = limiterWith({ defaultLimits: ['9 per minute'] })
    let count = 0
    const limited = limiter
      .limit('2 per minute')
      .before(
        (request: Request) => (
          (count += 1),
          request.headers.has('X-User')
            ? limiter.handler({ endpoint: 'GET /' }, ok)(request)
            : new Response(null, { status: 401 })
        ),
      )
    expect(
      await statuses(limited, [requestTo(), requestTo('/', { headers: { 'X-User': 'ann' } }), requestTo()]),
    ).toEqual([401, 200, 429])
    expect(count).toBe(2)
    expect(() => limiter.limit('2 per minute').before('/' as never)).toThrow(
      'limiter.limit(…).before: expected a handler, got "/"',
    )
  })

  test('tells the request by wrap, also after something was awaited', async () => {
    const limiter = limiterWith()
    const search = limiter.limit('1 per minute').wrap(async () => 'found')
    const handler = limiter.handler({ endpoint: 'GET /' }, async () => {
      await Promise.resolve()
      return new Response(await search())
    })
    expect(await statuses(handler, [requestTo(), requestTo()])).toEqual([200, 429])
    expect(() => search()).toThrow('called while no request is handled')
  })

  test('cannot be wrapped around a function where the runtime cannot tell the request', async () => {
    vi.resetModules()
    vi.stubGlobal('process', undefined)
    try {
      const { createLimiter, remoteAddress } = await import('../../../src/adapters/fetch/index.ts')
      const limiter: FetchLimiter = createLimiter({ key: remoteAddress, trustProxy: 1, defaultLimits: [once] })
      const handler = limiter.handler({ endpoint: 'GET /' }, ok)
      const request = (): Request => requestTo('/', { headers: { 'X-Forwarded-For': '192.0.2.1' } })
      expect(await statuses(handler, [request(), request()])).toEqual([200, 429])
      expect(() => limiter.limit('1 per minute').wrap(() => 1)).toThrow('this runtime has no AsyncLocalStorage')
    } finally {
      vi.unstubAllGlobals()
    }
  })
})
