import type { Context, Hono, Next } from 'hono'
import { cors } from 'hono/cors'
import { describe, expect, test, vi } from 'vitest'
import type { BoundStorage, HonoLimiter } from '../../../src/adapters/hono/index.ts'
import { MoodyStorage } from '../../../src/testing/adapter-contract/storages.ts'
import { limiterWith, ok, once, served, setUp, tells, twice } from './playground.ts'
import { VERSIONS } from './versions.ts'

/** What stands in for a server, in tests that have none. */
const CONNECTION = { incoming: { socket: { remoteAddress: '192.0.2.1' } } }

describe.each(VERSIONS)('requests in $name', (version) => {
  test('middleware before the limiter runs before a request is decided, what comes after it does not', async () => {
    const app = new version.Hono()
    const ran: string[] = []
    const runs = (name: string) => async (_context: Context, next: Next) => (ran.push(name), next())
    app.use(runs('before'))
    limiterWith({ defaultLimits: [once] }).init(app)
    app.use(runs('after'))
    app.get('/a', runs('route'), ok)
    const play = await served(app)
    await play.expect('/a', ['ok', once])
    expect(ran).toEqual(['before', 'after', 'route', 'before'])
  })

  test('cors() before the limiter is on refusals, and preflights are not counted', async () => {
    const app = new version.Hono()
    app.use(cors())
    limiterWith({ defaultLimits: [once] }).init(app)
    app.on(['GET', 'OPTIONS'], '/a', ok)
    const answers: unknown[] = []
    for (const method of ['OPTIONS', 'OPTIONS', 'GET', 'GET']) {
      const { status, headers } = await app.request('/a', { method }, CONNECTION)
      answers.push([status, headers.get('Access-Control-Allow-Origin')])
    }
    expect(answers).toEqual([204, 204, 200, 429].map((status) => [status, '*']))
  })

  test('a key can be made of the user whom a middleware before the limiter has signed in', async () => {
    const app = new version.Hono<{ Variables: { user: string } }>()
    app.use(async (context, next) => {
      context.set('user', context.req.header('X-User')!)
      await next()
    })
    limiterWith({
      key: (context) => (context as Context<{ Variables: { user: string } }>).get('user'),
      defaultLimits: [once],
    }).init(app)
    app.get('/a', ok)
    const play = await served(app)
    await play.expect('/a', ['ok', once], { headers: { 'X-User': 'ann' } })
    await play.expect('/a', 'ok', { headers: { 'X-User': 'bob' } })
  })

  test('unmatchedLimits limit every answer that there is no route, however it is made', async () => {
    const answers: readonly ((app: Hono) => unknown)[] = [
      () => undefined,
      (app) => app.notFound((context) => context.text('not here', 404)),
      (app) => app.use(async (context, next) => (await next(), context.text('not here', 405))),
    ]
    for (const answer of answers) {
      for (const mood of ['now', 'later'] as const) {
        const { app } = setUp(version, { unmatchedLimits: [twice], storage: new MoodyStorage(mood) })
        app.get('/a', (context) => context.text('gone', 404))
        answer(app)
        const play = await served(app)
        await play.expect('/a', [404, 404, 404])
        const { status } = await play.send('/none')
        await play.expect('/none', [status, twice])
      }
    }
  })

  test('what a middleware answers to OPTIONS, such as one for CORS, is none of it', async () => {
    const { app } = setUp(version, { unmatchedLimits: [once] })
    app.use(async (context, next) => (context.req.method === 'OPTIONS' ? context.body(null, 204) : next()))
    app.get('/a', ok)
    await (await served(app)).expect('OPTIONS /a', [204, 204])
  })

  test('a wrapped function knows its request, also when several are handled at once', async () => {
    const { app, limiter } = setUp(version, {
      key: ({ req }) => req.header('X-User'),
      storage: new MoodyStorage('later'),
    })
    const count = limiter.limit(twice).wrap(async (word: string) => word)
    app.post('/a', async (context) => {
      await count('first')
      return context.text(await count((await context.req.text()) || 'ok'))
    })
    const play = await served(app)
    const post = async (user: string) => (await play.send('POST /a', { headers: { 'X-User': user } })).body
    expect(await Promise.all([post('ann'), post('bob')])).toEqual(['ok', 'ok'])
    expect(await post('ann')).toBe(twice)
  })

  test('c.var.rateLimit is the decision, also of check()', async () => {
    const { app, limiter } = setUp(version, { autoCheck: false, defaultLimits: [once] })
    app.get(
      '/a',
      tells(async (context) => {
        const before = context.get('rateLimit') ?? null
        await limiter.check(context)
        return [before, context.var.rateLimit?.limit?.remaining]
      }),
    )
    await (await served(app)).expect('/a', ['[null,0]', once])
  })

  test('a limiter that stands before an app and before its sub-app decides once', async () => {
    const { app, limiter } = setUp(version, { defaultLimits: [once] })
    const inner = new version.Hono()
    limiter.init(inner)
    app.route('/i', inner.get('/x', ok))
    await (await served(app)).expect('/i/x', ['ok', once])
  })

  test('a limiter of a sub-app alone limits nothing else', async () => {
    const app = new version.Hono()
    const inner = new version.Hono()
    limiterWith({ defaultLimits: [once] }).init(inner)
    app.route('/i', inner.get('/x', ok)).get('/x', ok)
    const play = await served(app)
    await play.expect('/i/x', ['ok', once])
    await play.expect('/x', ['ok', 'ok'])
  })
})

describe.each(VERSIONS)('a limit in app.use of $name', (version) => {
  test('counts all that passes, beside the limits of routes', async () => {
    const { app, limiter } = setUp(version, { defaultLimits: [twice] })
    app.use('/a/*', limiter.limit('3 per 1 minute'))
    app.get('/a/b', ok)
    app.get('/a/c', ok)
    const play = await served(app)
    await play.expect('/a/b', ['ok', 'ok', twice])
    await play.expect('/a/c', ['ok', '3 per 1 minute'])
    await play.expect('/a/none', '3 per 1 minute')
  })

  test('is counted by the pattern that it is mounted on', async () => {
    const { app, limiter } = setUp(version)
    const limit = limiter.limit(once)
    app.use('/t/:tenant/*', limit)
    app.use('/b/*', limit)
    app.get('/t/:tenant/x', ok).get('/b/x', ok)
    const play = await served(app)
    await play.expect('/t/1/x', 'ok')
    await play.expect('/t/2/x', once)
    await play.expect('/b/x', ['ok', once])
  })

  test('before authentication counts what that refuses', async () => {
    const app = new version.Hono()
    const limiter = limiterWith({ key: ({ req }) => req.header('X-User') ?? 'nobody', defaultLimits: ['9 per hour'] })
    app.use(limiter.limit(twice, { key: () => 'everybody' }))
    app.use(async ({ req, text }, next) => (req.header('X-User') ? next() : text('who are you?', 401)))
    limiter.init(app)
    app.get('/a', ok)
    const play = await served(app)
    await play.expect('/a', [401, 401, twice])
    await play.expect('/a', twice, { headers: { 'X-User': 'ann' } })
  })

  test('is not there when the limiter is not enabled', async () => {
    const { app, limiter } = setUp(version, { enabled: false, defaultLimits: [once] })
    app.use(limiter.limit(once))
    app.get('/a', limiter.exempt(), ok)
    await (await served(app)).expect('/a', ['ok', 'ok'])
  })
})

interface Env {
  Bindings: { readonly COUNTERS: BoundStorage }
}

describe.each(VERSIONS)('a storage bound to requests in $name', (version) => {
  test('counts the requests that bring it, and no others', async () => {
    const limiter = limiterWith({
      key: () => 'all',
      storage: (context) => (context as Context<Env>).env.COUNTERS,
      defaultLimits: [once],
    })
    const app = new version.Hono<Env>()
    limiter.init(app)
    app.get('/a', ok)
    const [own, other] = [new MoodyStorage(), new MoodyStorage('later')]
    const statuses: number[] = []
    for (const COUNTERS of [own, other, own, 'memory://', other, 'memory://']) {
      statuses.push((await app.request('/a', {}, { COUNTERS })).status)
    }
    expect(statuses).toEqual([200, 200, 429, 200, 429, 429])
    expect(await limiter.reset()).toBe(3)
  })

  test('is charged later where it was tested', async () => {
    const storages = [new MoodyStorage(), new MoodyStorage()]
    let asked = 0
    const limiter = limiterWith({
      key: () => 'all',
      storage: () => storages[asked++]!,
      defaultLimits: [{ limit: twice, deductWhen: () => true }],
    })
    const app = new version.Hono()
    limiter.init(app)
    await app.get('/a', ok).request('/a')
    expect([asked, storages[0]!.batches.length, storages[1]!.batches.length]).toEqual([1, 2, 0])
  })
})

test('where the runtime cannot tell the request, everything works but wrap(), which says so', async () => {
  vi.resetModules()
  vi.stubGlobal('process', undefined)
  try {
    const { createLimiter, remoteAddress } = await import('../../../src/adapters/hono/index.ts')
    const limiter: HonoLimiter = createLimiter({ key: remoteAddress, trustProxy: 1, defaultLimits: [once] })
    expect(() => limiter.limit(once).wrap(() => 1)).toThrow('this runtime has no AsyncLocalStorage')
    const app = new (VERSIONS.at(-1)!.Hono)()
    limiter.init(app)
    app.get('/a', ok)
    const send = async () => (await app.request('/a', { headers: { 'X-Forwarded-For': '192.0.2.1' } })).status
    expect([await send(), await send()]).toEqual([200, 429])
  } finally {
    vi.unstubAllGlobals()
  }
})
