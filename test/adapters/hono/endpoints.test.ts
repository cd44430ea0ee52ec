import type { Context, Next } from 'hono'
import { describe, expect, test } from 'vitest'
import { once, ok, served, setUp, tellsEndpoint, twice } from './playground.ts'
import { VERSIONS } from './versions.ts'

const passOn = async (_context: Context, next: Next): Promise<void> => next()

describe.each(VERSIONS)('endpoints of $name', (version) => {
  const { Hono } = version

  test('paths of mounts are patterns, never concrete', async () => {
    const { app, limiter } = setUp(version, { defaultLimits: [twice] })
    const inner = new Hono().get('/items/:id', tellsEndpoint(limiter))
    app.route('/t/:tenant', inner)
    const play = await served(app)
    await play.expect('/t/1/items/1', '"GET /t/:tenant/items/:id"')
    await play.expect('/t/2/items/2', '"GET /t/:tenant/items/:id"')
    await play.expect('/t/3/items/3', twice)
  })

  test('a sub-app that is mounted twice has endpoints in both places', async () => {
    const { app } = setUp(version, { defaultLimits: [once] })
    const inner = new Hono().get('/x', ok)
    app.route('/a', inner).route('/b', inner)
    const play = await served(app)
    for (const path of ['/a/x', '/b/x']) await play.expect(path, ['ok', once])
  })

  test('a route for all methods is one endpoint, and one for several is one for each', async () => {
    const { app, limiter } = setUp(version, { defaultLimits: [twice] })
    app.all('/all', tellsEndpoint(limiter))
    app.on(['GET', 'POST'], '/some', tellsEndpoint(limiter))
    const play = await served(app)
    await play.expect('DELETE /all', '"ALL /all"')
    await play.expect('/all', ['"ALL /all"', twice])
    await play.expect('POST /some', ['"POST /some"', '"POST /some"', twice])
    await play.expect('/some', '"GET /some"')
  })

  test('HEAD counts as GET', async () => {
    const { app } = setUp(version, { defaultLimits: [once], defaultLimitsPerMethod: true })
    app.get('/get', ok).all('/all', ok)
    const play = await served(app)
    for (const path of ['/get', '/all']) {
      await play.expect(path, 'ok')
      await play.expect(`HEAD ${path}`, 429)
    }
  })

  test('what is asked while a request is decided sees the parameters of its route', async () => {
    const { app } = setUp(version, { key: ({ req }) => req.param('id'), defaultLimits: [once] })
    app.get('/items/:id', ok)
    const play = await served(app)
    await play.expect('/items/1', ['ok', once])
    await play.expect('/items/2', 'ok')
  })

  test('a handler with next that stands before a route is none, however it is declared', async () => {
    const { app, limiter } = setUp(version, { defaultLimits: [once] })
    app.use(passOn)
    app.all('/a', passOn)
    app.get('/*', passOn)
    app.get('/a', passOn, tellsEndpoint(limiter))
    const play = await served(app)
    await play.expect('/a', ['"GET /a"', once])
    // Nothing behind it answers, so it might be what does.
    await play.expect('/b', [404, 429])
  })

  test('limits of one route can be declared in several calls', async () => {
    const { app, limiter } = setUp(version)
    app.get('/a', limiter.limit(once))
    app.get('/a', ok)
    await (await served(app)).expect('/a', ['ok', once])
  })

  test('an app in an app is limited, and so is one by basePath', async () => {
    const { app, limiter } = setUp(version, { defaultLimits: [once] })
    app.basePath('/v1').get('/x', tellsEndpoint(limiter))
    const play = await served(app)
    await play.expect('/v1/x', ['"GET /v1/x"', once])
  })

  test('a handler of another framework by mount is no route', async () => {
    const { app, limiter } = setUp(version, { defaultLimits: [once], applicationLimits: [once] })
    app.use('/limited/*', limiter.limit(twice))
    for (const path of ['/free', '/limited']) app.mount(path, () => new Response('ok'))
    const play = await served(app)
    await play.expect('/free/a', ['ok', 'ok', 'ok'])
    await play.expect('/limited/a', ['ok', 'ok', twice])
  })

  test('a request that an app puts to itself is another one', async () => {
    const { app, limiter } = setUp(version, { key: () => 'all', defaultLimits: [twice], headers: 'legacy' })
    app.get('/in', tellsEndpoint(limiter))
    app.get('/out', async () => app.request('/in'))
    const play = await served(app)
    await play.expect('/out', ['"GET /in"', '"GET /in"', twice])
    await play.expect('/in', twice)
  })

  test('an app that no limiter was told of is left alone', async () => {
    const { limiter } = setUp(version, { defaultLimits: [once] })
    const free = new Hono().get('/a', ok)
    const play = await served(free)
    await play.expect('/a', ['ok', 'ok'])
    expect(await limiter.clear({ key: '192.0.2.1' })).toBe(0)
  })
})
