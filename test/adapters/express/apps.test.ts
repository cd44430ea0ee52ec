import type { Request, Response } from 'express'
import { describe, expect, test } from 'vitest'
import { limiterWith, ok, once, served, tells, tellsEndpoint, twice } from './playground.ts'
import { VERSIONS } from './versions.ts'

const thrice = '3 per 1 minute'

describe.each(VERSIONS)('apps and routers of $name', ({ express }) => {
  test('a mounted app is limited with the app around it, whenever it was mounted', async () => {
    const app = express()
    const [before, after] = [express(), express()]
    for (const mounted of [before, after]) mounted.get('/x', ok)
    app.use('/before', before)
    limiterWith({ defaultLimits: [once] }).init(app)
    app.use('/after', after)
    const play = await served(app)
    await play.expect('/before/x', ['ok', once])
    await play.expect('/after/x', ['ok', once])
  })

  test('a mounted app with a limiter of its own has both', async () => {
    const [app, mounted] = [express(), express()]
    limiterWith({ keyPrefix: 'outer', defaultLimits: [thrice] }).init(app)
    const inner = limiterWith({ keyPrefix: 'inner', defaultLimits: [once] }).init(mounted)
    mounted.get('/x', ok)
    mounted.get(
      '/y',
      inner.limit(twice),
      tells((request) => inner.currentLimits(request).map(({ limit }) => limit.text)),
    )
    app.use('/m', mounted)
    app.get('/z', ok)
    const play = await served(app)
    await play.expect('/m/x', ['ok', once])
    await play.expect('/m/y', ['["2 per 1 minute"]', '["2 per 1 minute"]', twice])
    await play.expect('/z', ['ok', 'ok', 'ok', thrice])
  })

  test('a mounted app with a limiter of its own can stand alone, too', async () => {
    const [app, mounted] = [express(), express()]
    limiterWith({ defaultLimits: [once] }).init(mounted)
    mounted.get('/x', ok)
    app.use('/m', mounted)
    app.get('/free', ok)
    const play = await served(app)
    await play.expect('/m/x', ['ok', once])
    await play.expect('/free', ['ok', 'ok'])
  })

  test('the limiter of a mounted app knows nothing of the app around it', async () => {
    const [app, mounted] = [express(), express()]
    const limiter = limiterWith({ defaultLimits: [once] }).init(mounted)
    app.use('/m', mounted)
    app.get('/x', limiter.limit(once), ok)
    app.use(
      (error: Error, _request: Request, response: Response, _next: unknown) =>
        void response.status(500).send(error.message),
    )
    const { body } = await (await served(app)).send('/x')
    expect(body).toBe('limiter.limit(…) runs in an app that its limiter does not know; call limiter.init(app)')
  })

  test('one limiter can serve an app and an app that is mounted in it, and counts once', async () => {
    const [app, mounted] = [express(), express()]
    const limiter = limiterWith({ applicationLimits: [thrice] })
      .init(app)
      .init(mounted)
    mounted.get(
      '/x',
      tells((request) => limiter.currentLimits(request).length),
    )
    app.use('/m', mounted)
    await (await served(app)).expect('/m/x', ['1', '1', '1', thrice])
  })

  test('a mounted app is a group', async () => {
    const [app, mounted, exempt] = [express(), express(), express()]
    const limiter = limiterWith({ defaultLimits: [once] }).init(app)
    limiter.group(mounted, twice)
    limiter.exempt(exempt)
    for (const each of [mounted, exempt]) each.get('/x', ok)
    app.use('/m', mounted)
    app.use('/e', exempt)
    const play = await served(app)
    await play.expect('/m/x', ['ok', 'ok', twice])
    await play.expect('/e/x', ['ok', 'ok', 'ok'])
  })

  test('the app itself is the outermost group', async () => {
    const app = express()
    const limiter = limiterWith().init(app)
    limiter.group(app, twice)
    const router = express.Router()
    router.get('/x', ok)
    app.use('/r', router)
    const play = await served(app)
    await play.expect('/r/x', ['ok', 'ok', twice])
  })

  test('after a mounted app in which nothing matches its limiter is out of the way', async () => {
    const [app, mounted] = [express(), express()]
    const inner = limiterWith({ defaultLimits: [once] }).init(mounted)
    const outer = limiterWith({ keyPrefix: 'outer', defaultLimits: [twice] }).init(app)
    mounted.get('/other', ok)
    app.use('/m', mounted)
    app.get(
      '/m/x',
      tells((request) => [inner.currentLimits(request).length, outer.currentLimits(request).length]),
    )
    await (await served(app)).expect('/m/x', ['[0,1]', '[0,1]', twice])
  })

  test('a function that is limited by the limiter of a mounted app finds its request', async () => {
    const [app, mounted] = [express(), express()]
    limiterWith({ keyPrefix: 'outer' }).init(app)
    const inner = limiterWith().init(mounted)
    const limited = inner.limit(once).wrap(() => 'done')
    mounted.get(
      '/x',
      tells(() => limited()),
    )
    app.use('/m', mounted)
    await (await served(app)).expect('/m/x', ['"done"', once])
  })

  test('routers and apps that a middleware runs by hand are limited, and are groups', async () => {
    const app = express()
    const limiter = limiterWith({ defaultLimits: [thrice] }).init(app)
    const [router, mounted] = [express.Router(), express()]
    limiter.group(router, once)
    limiter.group(mounted, twice)
    router.get('/r', ok)
    mounted.get('/m', ok)
    app.use((request, response, next) => router(request, response, next))
    app.use((request, response, next) => mounted(request, response, next))
    app.get('/a', tellsEndpoint(limiter))
    const play = await served(app)
    await play.expect('/r', ['ok', once])
    await play.expect('/m', ['ok', 'ok', twice])
    await play.expect('/a', '"GET /a"')
  })

  test('a router that a middleware chooses for each request is the group of what it answers', async () => {
    const app = express()
    const limiter = limiterWith().init(app)
    const versions = { v1: express.Router(), v2: express.Router() }
    limiter.group(versions.v1, once)
    limiter.group(versions.v2, twice)
    for (const router of Object.values(versions)) router.get('/x', ok)
    app.use('/api', (request, response, next) => versions[request.get('X-Version') as 'v1'](request, response, next))
    const play = await served(app)
    await play.expect('/api/x', ['ok', once], { headers: { 'X-Version': 'v1' } })
    await play.expect('/api/x', ['ok', 'ok', twice], { headers: { 'X-Version': 'v2' } })
  })

  test('a limiter with several apps counts them together, and knows the endpoints of all', async () => {
    const [one, two] = [express(), express()]
    const limiter = limiterWith({ applicationLimits: [twice] })
      .init(one)
      .init(two)
    one.get('/x', ok)
    two.get('/y', ok)
    await (await served(one)).expect('/x', 'ok')
    await (await served(two)).expect('/y', ['ok', twice])
    await limiter.clear({ key: '192.0.2.1', endpoint: 'GET /y' })
  })

  test('a limiter that is installed twice on one app counts once', async () => {
    const app = express()
    limiterWith({ defaultLimits: [twice] })
      .init(app)
      .init(app)
    app.get('/x', ok)
    await (await served(app)).expect('/x', ['ok', 'ok', twice])
  })
})

describe('two copies of Express in one process', () => {
  test.each(VERSIONS.flatMap((outer) => VERSIONS.map((inner) => [outer, inner] as const)))(
    'an app of one is limited in an app of another: $0.name, $1.name',
    async (outer, inner) => {
      const [app, mounted] = [outer.express(), inner.express()]
      const limiter = limiterWith({ applicationLimits: [thrice] }).init(app)
      limiter.init(mounted)
      mounted.get('/x', limiter.limit(twice), ok)
      app.use('/m', mounted)
      app.get('/y', ok)
      const play = await served(app)
      await play.expect('/m/x', ['ok', 'ok', twice])
      await play.expect('/y', ['ok', thrice])
    },
  )
})
