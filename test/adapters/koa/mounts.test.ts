import type Koa from 'koa'
import type { Context, Middleware, Next } from 'koa'
import { describe, expect, test } from 'vitest'
import { limiterWith, ok, once, served, setUp, tellsEndpoint, twice } from './playground.ts'
import { VERSIONS } from './versions.ts'

/** What the package koa-mount does. */
function mount(prefix: string, { middleware }: Koa): Middleware {
  const run = async (ctx: Context, upstream: Next, index = 0): Promise<unknown> =>
    index < middleware.length ? middleware[index]!(ctx, async () => run(ctx, upstream, index + 1)) : upstream()
  return async (ctx, upstream) => {
    const before = ctx.path
    if (before !== prefix && !before.startsWith(`${prefix}/`)) return upstream()
    ctx['mountPath'] = prefix
    const inside = before.slice(prefix.length) || '/'
    ctx.path = inside
    await run(ctx, async () => {
      ctx.path = before
      await upstream()
      ctx.path = inside
    })
    ctx.path = before
  }
}

describe.each(VERSIONS)('apps that are mounted in others, in $name,', (version) => {
  const { Koa, Router } = version

  test('are limited with the app that listens, by whole patterns', async () => {
    const { app, router, limiter } = setUp(version, { defaultLimits: [twice] })
    const [api, admin] = [new Koa(), new Koa()]
    router.get('/', tellsEndpoint(limiter))
    router.get('/items/:id', tellsEndpoint(limiter))
    for (const each of [admin, api, app]) each.use(router.routes())
    api.middleware.unshift(mount('/admin', admin))
    app.middleware.splice(-1, 0, mount('/v1', api), mount('/v2', api))
    const play = await served(app)
    for (const place of ['', '/v1', '/v2', '/v1/admin', '/v2/admin']) {
      await play.expect(`${place}/items/1`, `"GET ${place}/items/:id"`)
      await play.expect(`${place}/items/2`, [`"GET ${place}/items/:id"`, twice])
      await play.expect(`${place}/`, `"GET ${place || '/'}"`)
    }
    expect(await limiter.clear({ key: '192.0.2.1', endpoint: 'GET /v1/admin/items/:id' })).toBe(1)
    await play.expect('/v1/admin/items/3', '"GET /v1/admin/items/:id"')
  })

  test('and pass a request on, leave no trace in the pattern of its route', async () => {
    const { app, router, limiter } = setUp(version, { defaultLimits: [once] })
    const [outer, inner] = [new Koa(), new Koa()]
    outer.use(mount('/b', inner))
    app.use(mount('/a', outer))
    router.get('/:x/:y', tellsEndpoint(limiter))
    await (await served(app, router)).expect('/a/b', ['"GET /:x/:y"', once])
  })

  test('have counters of their own for limits that stand in them', async () => {
    const { app, limiter } = setUp(version)
    const [inner, router] = [new Koa(), new Router()]
    const limit = limiter.limit(once)
    router.use('/x', limit)
    router.get('/x', ok)
    inner.use(router.routes())
    app
      .use(mount('/a', inner))
      .use(mount('/b', inner))
      .use(mount('/c', new Koa().use(limit)))
    const play = await served(app)
    for (const path of ['/a/x', '/b/x']) await play.expect(path, ['ok', once])
    await play.expect('/c', [404, once])
  })

  test('may be initialised with a limiter that the app around them has too, and with no other', async () => {
    const limiter = limiterWith({ defaultLimits: [once] })
    const [inner, router] = [new Koa(), new Router()]
    inner.use(router.routes())
    router.get('/x', ok)
    limiter.init(inner)
    const [knowing, foreign, free] = [setUp(version), setUp(version), { app: new Koa() }]
    limiter.init(knowing.app)
    const messages: string[] = []
    for (const { app } of [knowing, foreign, free]) {
      app.on('error', ({ message }: Error) => messages.push(message))
      app.use(mount('/a', inner))
    }
    await (await served(knowing.app)).expect('/a/x', ['ok', once])
    messages.length = 0
    for (const { app } of [foreign, free]) await (await served(app)).expect('/a/x', 500)
    expect(messages).toEqual(
      Array(2).fill('limiter.init: this app is mounted in another one; call limiter.init on the app that listens'),
    )
  })
})
