import type { Response } from 'express'
import { describe, expect, test } from 'vitest'
import { limiterWith, type Log, ok, once, served, tells, tellsEndpoint, twice } from './playground.ts'
import { isExpress4, VERSIONS } from './versions.ts'

const thrice = '3 per 1 minute'

describe.each(VERSIONS)('requests that are passed on in $name', (version) => {
  const { express } = version
  const everything = isExpress4(version) ? '*' : '/*rest'

  test("after next('route') nothing is counted twice, and a warning says so once", async () => {
    const log: Log = []
    const app = express()
    const limiter = limiterWith({ applicationLimits: ['9 per 1 minute'], defaultLimits: [thrice] }, log).init(app)
    app.get('/a/:id', (_request, _response, next) => next('route'), ok)
    app.get(
      '/a/1',
      tells((request) => limiter.currentLimits(request).map(({ limit, remaining }) => `${limit.text}: ${remaining}`)),
    )
    const play = await served(app)
    await play.expect('/a/1', [
      '["9 per 1 minute: 8","3 per 1 minute: 2"]',
      '["9 per 1 minute: 7","3 per 1 minute: 1"]',
    ])
    expect(log).toEqual(['warn WARN_PASSED_ON'])
  })

  test("after next('route') the limits of the next route itself are counted", async () => {
    const app = express()
    const limiter = limiterWith({ defaultLimits: ['9 per 1 minute'] }).init(app)
    app.get('/a/:id', limiter.limit(thrice), (_request, _response, next) => next('route'))
    app.get('/a/1', limiter.limit(twice), ok)
    await (await served(app)).expect('/a/1', ['ok', 'ok', twice])
  })

  test('a limit that is attached to both routes is counted once', async () => {
    const app = express()
    const limiter = limiterWith().init(app)
    const limit = limiter.limit(twice)
    app.get('/a', limit, (_request, _response, next) => next('route'))
    app.get('/a', limit, ok)
    await (await served(app)).expect('/a', ['ok', 'ok', twice])
  })

  test("after next('router') the group is left", async () => {
    const app = express()
    const limiter = limiterWith({ defaultLimits: [thrice] }).init(app)
    const router = express.Router()
    limiter.group(router, once)
    router.use((_request, _response, next) => next('router'))
    router.get('/x', ok)
    app.use('/g', router)
    app.get('/g/x', ok)
    await (await served(app)).expect('/g/x', ['ok', 'ok', 'ok', thrice])
  })

  test('a router in which nothing matches leaves no trace', async () => {
    const app = express()
    const limiter = limiterWith({ defaultLimits: [thrice] }).init(app)
    const router = express.Router()
    limiter.group(router, once)
    router.get('/other', ok)
    app.use('/g', router)
    app.get('/g/x', ok)
    await (await served(app)).expect('/g/x', ['ok', 'ok', 'ok', thrice])
  })

  test('a catch-all that passes requests on is counted, unless it is exempt', async () => {
    const log: Log = []
    for (const exempt of [false, true]) {
      const app = express()
      const limiter = limiterWith({ defaultLimits: [twice] }, log).init(app)
      const handlers = [
        ...(exempt ? [limiter.exempt()] : []),
        (_request: unknown, _response: unknown, next: () => void) => next(),
      ]
      app.all(everything, ...handlers)
      app.get('/a', ok)
      app.get('/b', ok)
      const play = await served(app)
      await play.expect('/a', 'ok')
      await play.expect('/b', 'ok')
      await play.expect('/a', exempt ? 'ok' : twice)
    }
    expect(log).toEqual(['warn WARN_PASSED_ON'])
  })

  test('a catch-all that answers is an endpoint', async () => {
    const app = express()
    limiterWith({ defaultLimits: [twice] }).init(app)
    app.get('/a', ok)
    app.all(everything, ok)
    const play = await served(app)
    await play.expect('/x', 'ok')
    await play.expect('/y/z', 'ok')
    await play.expect('POST /q', twice)
    await play.expect('/a', ['ok', 'ok', twice])
  })

  test('a request that is handed to the app again is counted by the limits that it has not met', async () => {
    const app = express()
    const limiter = limiterWith({ applicationLimits: [thrice] }).init(app)
    app.get('/old', limiter.exempt(), (request, response) => {
      request.url = '/new'
      app(request, response)
    })
    app.get('/new', limiter.limit(twice), ok)
    const play = await served(app)
    await play.expect('/old', ['ok', 'ok', twice])
    await play.expect('/new', twice)
  })

  test('a request that a router hands to the app again is counted where it is answered', async () => {
    const app = express()
    const limiter = limiterWith().init(app)
    const router = express.Router()
    router.get('/old', (request, response) => {
      request.url = '/new'
      app(request, response)
    })
    app.use('/api', router)
    app.get('/new', limiter.limit(twice), tellsEndpoint(limiter))
    const play = await served(app)
    await play.expect('/api/old', '"GET /new"')
    await play.expect('/new', ['"GET /new"', twice])
  })

  test('param callbacks run before the decision, and what they refuse is not counted', async () => {
    const app = express()
    const limiter = limiterWith({ defaultLimits: [once] }).init(app)
    const order: string[] = []
    app.param('id', (_request, response, next, id) => {
      order.push('param')
      if (id === 'bad') response.status(400).send('bad')
      else next()
    })
    limiter.requestFilter(() => order.push('decision') === 0)
    app.get('/a/:id', ok)
    const play = await served(app)
    await play.expect('/a/bad', 400)
    await play.expect('/a/1', ['ok', once])
    expect(order).toEqual(['param', 'param', 'decision', 'param', 'decision'])
  })

  test('functions of a limit see the parameters, also those of the mount', async () => {
    const app = express()
    const limiter = limiterWith().init(app)
    const router = express.Router({ mergeParams: true })
    router.get(
      '/:id',
      limiter.limit(once, { key: (request) => JSON.stringify([request.params, request.url, request.baseUrl]) }),
      ok,
    )
    app.use('/t/:tenant', router)
    const play = await served(app)
    await play.expect('/t/1/2', ['ok', once])
    await play.expect('/t/2/2', 'ok')
  })

  test('after an asynchronous decision the handler finds the request as it was', async () => {
    const app = express()
    const limiter = limiterWith().init(app)
    const router = express.Router({ mergeParams: true })
    const slow = async () =>
      new Promise<string>((resolve) => {
        setImmediate(() => resolve('everybody'))
      })
    router.get(
      '/:id',
      limiter.limit(once, { key: slow }),
      tells(({ params, url, baseUrl, originalUrl, route }) => [
        params,
        url,
        baseUrl,
        originalUrl,
        (route as { path: string }).path,
      ]),
    )
    app.use('/t/:tenant', router)
    await (
      await served(app)
    ).expect('/t/1/2?q=3', ['[{"tenant":"1","id":"2"},"/2?q=3","/t/1","/t/1/2?q=3","/:id"]', once])
  })

  test('a parse error before the route is not counted', async () => {
    const app = express()
    limiterWith({ defaultLimits: [once] }).init(app)
    app.use(express.json(), (request, _response, next) => (request.get('X-Bad') ? next(new Error('bad body')) : next()))
    app.get('/a', ok)
    app.use(
      (_error: unknown, _request: unknown, response: Response, _next: unknown) => void response.status(400).send('bad'),
    )
    const play = await served(app)
    await play.expect('/a', [400, 400], { headers: { 'X-Bad': 'yes' } })
    await play.expect('/a', ['ok', once])
  })
})
