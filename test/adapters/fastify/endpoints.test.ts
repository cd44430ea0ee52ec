import { describe, expect, test } from 'vitest'
import { limiterWith, ok, once, served, tellsEndpoint, twice } from './playground.ts'
import { VERSIONS } from './versions.ts'

describe.each(VERSIONS)('endpoints of $name', ({ fastify }) => {
  test('a prefix with parameters is never concrete', async () => {
    const app = fastify()
    const limiter = limiterWith({ defaultLimits: [twice] })
    app.register(limiter.plugin)
    app.register(
      (tenant, _options, done) => {
        tenant.get('/items/:id', tellsEndpoint(limiter))
        done()
      },
      { prefix: '/t/:tenant' },
    )
    const play = await served(app)
    await play.expect('/t/1/items/1', '"GET /t/:tenant/items/:id"')
    await play.expect('/t/2/items/2', '"GET /t/:tenant/items/:id"')
    await play.expect('/t/3/items/3', twice)
  })

  test('the root of a prefix is one endpoint, with and without a slash at its end', async () => {
    const app = fastify()
    const limiter = limiterWith({ defaultLimits: [twice] })
    app.register(limiter.plugin)
    app.register(
      async (api) => {
        api.get('/', tellsEndpoint(limiter))
      },
      { prefix: '/api' },
    )
    const play = await served(app)
    await play.expect('/api', '"GET /api"')
    await play.expect('/api/', ['"GET /api"', twice])
  })

  test('a wildcard and a regular expression are one endpoint', async () => {
    const app = fastify()
    const limiter = limiterWith({ defaultLimits: [twice] })
    app.register(limiter.plugin)
    app.get('/files/*', tellsEndpoint(limiter))
    app.get('/n/:id(^\\d+$)', tellsEndpoint(limiter))
    const play = await served(app)
    await play.expect('/files/a', '"GET /files/*"')
    await play.expect('/files/b/c', ['"GET /files/*"', twice])
    await play.expect('/n/1', '"GET /n/:id(^\\\\d+$)"')
    await play.expect('/n/2', ['"GET /n/:id(^\\\\d+$)"', twice])
  })

  test('a route for several methods is one endpoint, as is one for all', async () => {
    const app = fastify()
    const limiter = limiterWith({ defaultLimits: [twice] })
    app.register(limiter.plugin)
    app.route({ method: ['GET', 'POST'], url: '/some', handler: tellsEndpoint(limiter) })
    app.all('/all', tellsEndpoint(limiter))
    const play = await served(app)
    await play.expect('/some', '"GET,POST /some"')
    await play.expect('POST /some', ['"GET,POST /some"', twice])
    await play.expect('DELETE /all', '"ALL /all"')
    await play.expect('/all', ['"ALL /all"', twice])
  })

  test('perMethod tells apart the methods of one route', async () => {
    const app = fastify()
    app.register(limiterWith({ defaultLimits: [once], defaultLimitsPerMethod: true }).plugin)
    app.route({ method: ['GET', 'POST'], url: '/a', handler: ok })
    const play = await served(app)
    await play.expect('/a', ['ok', once])
    await play.expect('POST /a', ['ok', once])
    await play.expect('HEAD /a', 429)
  })

  describe.each(['before', 'after'])('declared %s the limiter', (when) => {
    test('HEAD of a route for GET counts as GET, with the limits of that route', async () => {
      const app = fastify()
      const limiter = limiterWith({ defaultLimits: [twice] })
      if (when === 'after') await app.register(limiter.plugin)
      app.get('/a', { onRequest: limiter.limit('3/minute', { methods: ['GET'] }) }, ok)
      app.get('/b', { config: { rateLimit: '3/minute' } }, ok)
      app.get('/c', ok)
      if (when === 'before') app.register(limiter.plugin)
      const play = await served(app)
      for (const path of ['/a', '/b']) {
        await play.expect(`HEAD ${path}`, [200, 200])
        await play.expect(path, ['ok', '3 per 1 minute'])
      }
      await play.expect('/c', 'ok')
      await play.expect('HEAD /c', [200, 429])
    })
  })

  test('HEAD of a route with constraints counts as GET', async () => {
    const app = fastify()
    const limiter = limiterWith({ defaultLimits: [once] })
    await app.register(limiter.plugin)
    app.get('/a', { constraints: { version: '1.0.0' } }, ok)
    const play = await served(app)
    const headers = { 'Accept-Version': '1.x' }
    await play.expect('/a', 'ok', { headers })
    await play.expect('HEAD /a', 429, { headers })
  })

  test('a route for HEAD of its own is an endpoint of its own', async () => {
    const app = fastify({ exposeHeadRoutes: false })
    const limiter = limiterWith({ defaultLimits: [once] })
    await app.register(limiter.plugin)
    app.get('/a', { config: { rateLimit: twice } }, ok)
    app.head('/a', ok)
    const play = await served(app)
    await play.expect('/a', ['ok', 'ok', twice])
    await play.expect('HEAD /a', [200, 429])
  })

  test('a route that a plugin copies is an endpoint of its own', async () => {
    const app = fastify()
    const limiter = limiterWith({ defaultLimits: [once] })
    await app.register(limiter.plugin)
    app.addHook('onRoute', (options) => {
      if (options.url === '/a' && options.method === 'GET') app.route({ ...options, url: '/copy' })
    })
    app.get('/a', tellsEndpoint(limiter))
    const play = await served(app)
    await play.expect('/a', ['"GET /a"', once])
    await play.expect('/copy', ['"GET /copy"', once])
  })

  test('requestIdentifier may name one endpoint for several routes, or none', async () => {
    const app = fastify()
    app.register(
      limiterWith({ defaultLimits: [twice], requestIdentifier: ({ url }) => (url === '/none' ? '' : 'one') }).plugin,
    )
    for (const path of ['/a', '/b', '/none']) app.get(path, ok)
    const play = await served(app)
    await play.expect('/a', 'ok')
    await play.expect('/b', ['ok', twice])
    await play.expect('/none', ['ok', 'ok', 'ok'])
  })

  test('clear knows every endpoint by its name', async () => {
    const app = fastify()
    const limiter = limiterWith({ defaultLimits: [once] })
    await app.register(limiter.plugin)
    app.get('/t/:tenant', ok)
    app.post('/a', ok)
    const play = await served(app)
    await play.expect('/t/1', ['ok', once])
    await limiter.clear({ key: '192.0.2.1', endpoint: 'GET /t/:tenant' })
    await play.expect('/t/1', ['ok', once])
    await expect(limiter.clear({ key: '192.0.2.1', endpoint: 'GET /b' })).rejects.toThrow(
      'there are GET /t/:tenant, POST /a',
    )
  })
})
