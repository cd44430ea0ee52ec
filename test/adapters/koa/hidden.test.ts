import type { Middleware } from 'koa'
import { describe, expect, test } from 'vitest'
import { limiterWith, type Log, ok, once, served, setUp, twice } from './playground.ts'
import { type Version, VERSIONS } from './versions.ts'

/** A function around another one, as tools that trace requests put it there. */
const around =
  (inner: Middleware): Middleware =>
  (ctx, next) =>
    inner(ctx, next)

/** An app whose `use` puts a function around each middleware of the routes of a router, as the instrumentation of OpenTelemetry does. */
function tracedApp({ Koa, Router }: Version) {
  const app = new Koa()
  app.silent = true
  const { use } = Koa.prototype
  app.use = function tracedUse(this: typeof app, middleware) {
    const { router } = middleware as { router?: InstanceType<typeof Router> }
    for (const layer of router?.stack ?? []) layer.stack = layer.stack.map((fn) => around(fn as Middleware)) as never
    return use.call(this, router ? middleware : around(middleware as Middleware)) as never
  }
  return { app, router: new Router() }
}

describe.each(VERSIONS)('functions around those of the limiter in $name', (version) => {
  test('hide nothing where a router is used after init', async () => {
    const log: Log = []
    const { app, router } = tracedApp(version)
    const inner = new version.Router()
    const limiter = limiterWith({ defaultLimits: [once] }, log)
      .init(app)
      .group(inner, '3 per 1 minute')
    router.get('/own', limiter.limit(twice), ok)
    router.get('/free', limiter.exempt(), ok)
    router.use('/standing', limiter.limit(once))
    router.get('/standing', limiter.exempt({ default: true }), ok)
    inner.get('/x', ok)
    router.use('/inner', inner.routes())
    app.use(router.routes())
    router.prefix('/late')
    const play = await served(app)
    await play.expect('/late/own', ['ok', 'ok', twice])
    await play.expect('/late/free', ['ok', 'ok'])
    await play.expect('/late/standing', ['ok', once])
    await play.expect('/late/inner/x', ['ok', 'ok', 'ok', '3 per 1 minute'])
    expect(log).toEqual([])
    await limiter.clear({ key: '192.0.2.1', endpoint: 'GET /late/own' })
    await play.expect('/late/own', 'ok')
  })

  test('hide nothing of a router that is used by itself, and in another one', async () => {
    const { app, router } = tracedApp(version)
    const limiter = limiterWith({ defaultLimits: [once] }).init(app)
    const inner = new version.Router()
    inner.get('/x', limiter.limit(twice), ok)
    app.use(inner.routes())
    router.use('/o', inner.routes())
    const play = await served(app, router)
    for (const path of ['/x', '/o/x']) await play.expect(path, ['ok', 'ok', twice])
  })

  test('hide no limit that the app uses behind its routers', async () => {
    const log: Log = []
    const { app, router } = tracedApp(version)
    const limiter = limiterWith({}, log).init(app)
    for (const path of ['/a', '/b']) router.get(path, async (_ctx, next) => next())
    app.use(router.routes())
    const limit = limiter.limit(once)
    app.use(limit)
    app.use(ok)
    const play = await served(app)
    await play.expect('/a', 'ok')
    await play.expect('/b', once)
    expect(log).toEqual([])
  })

  test('hide what stands on routes where a router was used before init, and that is told', async () => {
    const log: Log = []
    const { app, router } = tracedApp(version)
    const limiter = limiterWith({ defaultLimits: [twice] }, log)
    const heard: unknown[] = []
    app.on('error', (error: Error) => heard.push(error.message))
    router.get('/a', limiter.limit('9 per hour'), ok)
    router.get('/free', limiter.exempt(), ok)
    app.use(router.routes())
    limiter.init(app)
    const play = await served(app)
    await play.expect('/a', ['ok', 'ok', twice])
    expect(log).toEqual(['warn WARN_HIDDEN_LIMIT'])
    await play.expect('/free', 500)
    expect(heard.at(-1)).toMatch(
      /^limiter\.exempt\(\) runs in a route that does not show it: .*; call limiter\.init\(app\) before app\.use\(router\.routes\(\)\)$/,
    )
  })

  test('of the app itself have one counter for a limit, whatever routes they run in', async () => {
    const log: Log = []
    const { app, router, limiter } = setUp(version, { defaultLimits: ['9 per hour'] }, log)
    const limit = limiter.limit(once)
    router.get('/a', around(limit), ok)
    router.get('/b', around(limit), ok)
    const play = await served(app, router)
    await play.expect('/a', 'ok')
    await play.expect('/b', once)
    expect(log).toEqual(['warn WARN_HIDDEN_LIMIT'])
  })

  test('are not there for a limit behind the routers, which a route passes a request on to', async () => {
    const log: Log = []
    const { app, router, limiter } = setUp(version, {}, log)
    for (const path of ['/a', '/b']) router.get(path, async (_ctx, next) => next())
    app.use(router.routes()).use(limiter.limit(once)).use(ok)
    const play = await served(app)
    await play.expect('/a', 'ok')
    await play.expect('/b', once)
    expect(log).toEqual([])
  })
})
