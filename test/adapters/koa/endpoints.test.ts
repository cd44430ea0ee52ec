import { describe, expect, test } from 'vitest'
import { limiterWith, ok, once, served, setUp, tellsEndpoint, twice } from './playground.ts'
import { VERSIONS } from './versions.ts'

describe.each(VERSIONS)('endpoints of $name', (version) => {
  const { Router } = version

  test('prefixes and paths of mounts are patterns, never concrete', async () => {
    const { app, router, limiter } = setUp(version, { defaultLimits: [twice] })
    const inner = new Router({ prefix: '/items' })
    inner.get('/:id', tellsEndpoint(limiter))
    router.use('/t/:tenant', inner.routes())
    const play = await served(app, router)
    await play.expect('/t/1/items/1', '"GET /t/:tenant/items/:id"')
    await play.expect('/t/2/items/2', '"GET /t/:tenant/items/:id"')
    await play.expect('/t/3/items/3', twice)
  })

  test('a router that is mounted twice has endpoints in both places', async () => {
    const { app, router } = setUp(version, { defaultLimits: [once] })
    const inner = new Router()
    inner.get('/x', ok)
    router.use('/a', inner.routes()).use('/b', inner.routes())
    const play = await served(app, router, inner)
    for (const path of ['/a/x', '/b/x', '/x']) await play.expect(path, ['ok', once])
  })

  test('a route for all methods, or for several, is one endpoint', async () => {
    const { app, router, limiter } = setUp(version, { defaultLimits: [twice] })
    router.all('/all', tellsEndpoint(limiter))
    router.register('/some', ['GET', 'POST'], [tellsEndpoint(limiter)])
    router.get('/one', tellsEndpoint(limiter))
    const play = await served(app, router)
    await play.expect('DELETE /all', '"ALL /all"')
    await play.expect('/all', ['"ALL /all"', twice])
    await play.expect('POST /some', '"GET,POST /some"')
    await play.expect('/some', ['"GET,POST /some"', twice])
    await play.expect('/one', '"GET /one"')
  })

  test('HEAD counts as GET, but under a route for all methods', async () => {
    const { app, router } = setUp(version, { defaultLimits: [once], defaultLimitsPerMethod: true })
    router.get('/get', ok)
    router.all('/all', ok)
    const play = await served(app, router)
    await play.expect('/get', 'ok')
    await play.expect('HEAD /get', 429)
    await play.expect('/all', 'ok')
    await play.expect('HEAD /all', [200, 429])
  })

  test('a regular expression is one endpoint, and every path of a list one of its own', async () => {
    const { app, router } = setUp(version, { defaultLimits: [twice] })
    router.get(/^\/item\d+$/, ok)
    router.get(['/a', '/b'], ok)
    const play = await served(app, router)
    await play.expect('/item1', 'ok')
    await play.expect('/item2', ['ok', twice])
    await play.expect('/a', ['ok', 'ok', twice])
    await play.expect('/b', ['ok', 'ok', twice])
  })

  test('requestIdentifier may name endpoints by the names of routes', async () => {
    const { app, router } = setUp(version, {
      defaultLimits: [twice],
      requestIdentifier: (ctx) => String(ctx['routerName'] ?? ''),
    })
    router.get('one', '/a', ok)
    router.get('one', '/b', ok)
    router.get('/none', ok)
    const play = await served(app, router)
    await play.expect('/a', 'ok')
    await play.expect('/b', ['ok', twice])
    await play.expect('/none', ['ok', 'ok', 'ok'])
  })

  test('routes and routers that come late are limited as well', async () => {
    const { app, router, limiter } = setUp(version, { defaultLimits: [twice] })
    router.get('/a', ok)
    const play = await served(app, router)
    await play.expect('/a', 'ok')
    router.get('/late', limiter.limit(once), ok)
    await play.expect('/late', ['ok', once])
    await play.expect('/a', ['ok', twice])
  })

  test('a parameter of a router may be declared when the router around it is used already', async () => {
    const { app, router, limiter } = setUp(version, { defaultLimits: [twice] })
    const inner = new Router()
    inner.get('/:id', limiter.limit(once), (ctx) => void (ctx.body = String(ctx.state['user'])))
    router.use('/users', inner.routes())
    app.use(router.routes())
    const load: Parameters<typeof inner.param>[1] = async (id, ctx, next) => {
      ctx.state['user'] = `user ${id}`
      await next()
    }
    for (const each of [inner, router]) each.param('id', load)
    await (await served(app)).expect('/users/7', ['user 7', once])
  })

  test('what an app is given to use reaches its use as it is', async () => {
    const app = new version.Koa()
    const { use } = app
    const given: unknown[][] = []
    app.use = function useAt(this: typeof app, ...args: unknown[]) {
      given.push(args)
      return use.call(this, args.at(-1) as typeof ok) as never
    }
    limiterWith({ defaultLimits: [once] }).init(app)
    const foreign = Object.assign((...args: Parameters<typeof ok>) => ok(...args), { router: 'of another kind' })
    Reflect.apply(app.use, app, ['/a', foreign])
    expect(given).toEqual([['/a', foreign]])
    await (await served(app)).expect('/a', ['ok', 'ok'])
  })

  test('a route that passes a request on is counted, and the next one by its own limits only', async () => {
    const log: string[] = []
    const { app, router, limiter } = setUp(version, { defaultLimits: [twice] }, log)
    router.get('/:any', async (_ctx, next) => next())
    router.get('/a', limiter.limit('3 per 1 minute'), ok)
    router.get('/free', limiter.exempt(), async (_ctx, next) => next())
    const play = await served(app, router)
    await play.expect('/a', ['ok', 'ok', twice])
    expect(log).toEqual(['warn WARN_PASSED_ON'])
  })

  test('clear knows every endpoint by its name', async () => {
    const { app, router, limiter } = setUp(version, { defaultLimits: [once] })
    const inner = new Router()
    inner.get('/items/:id', ok)
    router.use('/t/:tenant', inner.routes())
    router.post('/a', ok)
    const play = await served(app, router)
    await play.expect('/t/1/items/1', ['ok', once])
    await limiter.clear({ key: '192.0.2.1', endpoint: 'GET /t/:tenant/items/:id' })
    await play.expect('/t/1/items/1', ['ok', once])
    await expect(limiter.clear({ key: '192.0.2.1', endpoint: 'GET /b' })).rejects.toThrow(
      'there are GET /t/:tenant/items/:id, POST /a',
    )
  })
})
