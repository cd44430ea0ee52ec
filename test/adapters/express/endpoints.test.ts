import { describe, expect, test } from 'vitest'
import { limiterWith, ok, once, served, tellsEndpoint, twice } from './playground.ts'
import { isExpress4, VERSIONS } from './versions.ts'

describe.each(VERSIONS)('endpoints of $name', (version) => {
  const { express } = version
  // Router 2.0 to 2.2 keep no trace of the path that a router is mounted on.
  const knowsMounts = version.name !== 'Express 5.0.1'
  const mount = (pattern: string, place: number): string => (knowsMounts ? pattern : `/{use ${place}}`)

  test('a mount pattern with parameters is never concrete', async () => {
    const app = express()
    const limiter = limiterWith({ defaultLimits: [twice] }).init(app)
    const tenant = express.Router({ mergeParams: true })
    tenant.get('/items/:id', tellsEndpoint(limiter))
    app.use('/t/:tenant', tenant)
    const endpoint = JSON.stringify(`GET ${mount('/t/:tenant', 0)}/items/:id`)
    const play = await served(app)
    await play.expect('/t/1/items/1', endpoint)
    await play.expect('/t/2/items/2', endpoint)
    await play.expect('/t/3/items/3', twice)
  })

  test('mount patterns of nested routers and apps are joined', async () => {
    const app = express()
    const limiter = limiterWith({ defaultLimits: [twice] })
    limiter.init(app)
    const [outer, inner, mounted] = [express.Router(), express.Router(), express()]
    inner.get('/', tellsEndpoint(limiter))
    mounted.get('/x', tellsEndpoint(limiter))
    outer.use('/v1', inner)
    inner.use('/app', mounted)
    app.use('/api', outer)
    app.get('/', tellsEndpoint(limiter))
    const play = await served(app)
    await play.expect('/api/v1', JSON.stringify(`GET ${mount('/api', 0)}${mount('/v1', 0)}`))
    await play.expect('/api/v1/app/x', JSON.stringify(`GET ${mount('/api', 0)}${mount('/v1', 0)}${mount('/app', 1)}/x`))
    await play.expect('/', '"GET /"')
  })

  test('several paths of a route or a mount are one endpoint', async () => {
    const app = express()
    limiterWith({ defaultLimits: [twice] }).init(app)
    app.get(['/a', '/b'], ok)
    const router = express.Router()
    router.get('/x', ok)
    app.use(['/c', '/d'], router)
    const play = await served(app)
    await play.expect('/a', 'ok')
    await play.expect('/b', ['ok', twice])
    await play.expect('/c/x', 'ok')
    await play.expect('/d/x', ['ok', twice])
  })

  test('a regular expression as path or mount is one endpoint', async () => {
    const app = express()
    limiterWith({ defaultLimits: [twice] }).init(app)
    app.get(/^\/item\d+$/, ok)
    const router = express.Router()
    router.get('/x', ok)
    app.use(/^\/shop\d+/, router)
    const play = await served(app)
    await play.expect('/item1', 'ok')
    await play.expect('/item2', 'ok')
    await play.expect('/item3', twice)
    await play.expect('/shop1/x', 'ok')
    await play.expect('/shop2/x', 'ok')
    await play.expect('/shop3/x', twice)
  })

  test('a parameter with a pattern of its own is one endpoint', async () => {
    const app = express()
    limiterWith({ defaultLimits: [once] }).init(app)
    const router = express.Router()
    router.get('/x', ok)
    app.use(isExpress4(version) ? '/u/:id(\\d+)-:name' : '/u/:id-:name', router)
    const play = await served(app)
    await play.expect('/u/1-a/x', 'ok')
    await play.expect('/u/2-b/x', once)
  })

  test('routers on different paths are different endpoints, also where a router is mounted twice', async () => {
    const app = express()
    const limiter = limiterWith({ defaultLimits: [once] }).init(app)
    const router = express.Router()
    limiter.group(router, twice)
    router.get('/x', ok)
    app.use('/a', router)
    app.use('/b', router)
    const play = await served(app)
    await play.expect('/a/x', ['ok', 'ok', twice])
    await play.expect('/b/x', ['ok', 'ok', twice])
  })

  test('the methods of app.route are endpoints of their own, and all() belongs to each', async () => {
    const app = express()
    const limiter = limiterWith().init(app)
    app
      .route('/a')
      .all(limiter.limit(twice))
      .get(limiter.limit(once, { overrideDefaults: false }), ok)
      .post(tellsEndpoint(limiter))
    const play = await served(app)
    await play.expect('/a', ['ok', once])
    await play.expect('POST /a', ['"POST /a"', '"POST /a"', twice])
  })

  test('HEAD of a route that does not answer it is unmatched', async () => {
    const app = express()
    const limiter = limiterWith({ applicationLimits: [once], unmatchedLimits: [twice] }).init(app)
    app.put('/a', ok)
    app.route('/b').all(limiter.exempt(), ok)
    const play = await served(app)
    await play.expect('HEAD /a', [404, 404, 429])
    await play.expect('PUT /a', 'ok')
    await play.expect('HEAD /b', [200, 200])
  })

  test('app.all is one endpoint for all methods, also for those that nobody has heard of', async () => {
    const app = express()
    const limiter = limiterWith({ defaultLimits: [twice] }).init(app)
    app.all('/a', tellsEndpoint(limiter))
    const play = await served(app)
    await play.expect('/a', '"ALL /a"')
    await play.expect('PROPFIND /a', '"ALL /a"')
    await play.expect('DELETE /a', twice)
  })

  test('perMethod tells apart the methods of app.all', async () => {
    const app = express()
    limiterWith({ defaultLimits: [once], defaultLimitsPerMethod: true }).init(app)
    app.all('/a', ok)
    const play = await served(app)
    await play.expect('/a', ['ok', once])
    await play.expect('POST /a', ['ok', once])
  })

  test('HEAD under app.all is a method of its own, under app.get it is GET', async () => {
    const app = express()
    limiterWith({ defaultLimits: [once], defaultLimitsPerMethod: true }).init(app)
    app.all('/all', ok)
    app.get('/get', ok)
    const play = await served(app)
    await play.expect('/all', 'ok')
    await play.expect('HEAD /all', [200, 429])
    await play.expect('/get', 'ok')
    await play.expect('HEAD /get', 429)
  })

  test('a route for HEAD of its own is an endpoint of its own', async () => {
    const app = express()
    const limiter = limiterWith().init(app)
    app.route('/a').head(limiter.limit(once), ok).get(limiter.limit(twice), ok)
    const play = await served(app)
    await play.expect('HEAD /a', [200, 429])
    await play.expect('/a', ['ok', 'ok', twice])
  })

  test('routes and handlers that come late are limited as well', async () => {
    const app = express()
    const limiter = limiterWith({ defaultLimits: [twice] })
    const route = app.route('/a').get((_request, _response, next) => next())
    limiter.init(app)
    const play = await served(app)
    await play.expect('/a', 404)
    route.get(limiter.limit(once), ok)
    app.get('/late', ok)
    await play.expect('/a', ['ok', once])
    await play.expect('/late', ['ok', 'ok', twice])
  })

  test('a group that is declared late is a group from then on', async () => {
    const app = express()
    const limiter = limiterWith({ defaultLimits: [once] }).init(app)
    const router = express.Router()
    router.get('/x', ok)
    app.use('/g', router)
    const play = await served(app)
    await play.expect('/g/x', ['ok', once])
    limiter.group(router, twice)
    await play.expect('/g/x', ['ok', 'ok', twice])
    limiter.exempt(router)
    await play.expect('/g/x', 'ok')
  })

  test('clear knows every endpoint by its name', async () => {
    const app = express()
    const limiter = limiterWith({ defaultLimits: [once] }).init(app)
    const router = express.Router()
    router.get('/items/:id', ok)
    app.use('/t/:tenant', router)
    app.route('/a').get(ok).post(ok)
    const play = await served(app)
    const endpoint = `GET ${mount('/t/:tenant', 0)}/items/:id`
    await play.expect('/t/1/items/1', ['ok', once])
    await limiter.clear({ key: '192.0.2.1', endpoint })
    await play.expect('/t/1/items/1', ['ok', once])
    await expect(limiter.clear({ key: '192.0.2.1', endpoint: 'GET /b' })).rejects.toThrow(
      `there are ${endpoint}, GET /a, POST /a`,
    )
  })
})
