import type Koa from 'koa'
import { describe, expect, test } from 'vitest'
import { MoodyStorage } from '../../../src/testing/adapter-contract/storages.ts'
import { addressOf, postInPieces } from '../slow-bodies.ts'
import { limiterWith, ok, once, served, setUp, tells, twice } from './playground.ts'
import { VERSIONS } from './versions.ts'

describe.each(VERSIONS)('requests in $name', (version) => {
  const { Koa, Router } = version

  test('init may come before or after routers, and after the server has begun to listen', async () => {
    const [app, router] = [new Koa(), new Router()]
    router.get('/a', ok)
    const limiter = limiterWith({ defaultLimits: [once] })
    const play = await served(app, router)
    await play.expect('/a', ['ok', 'ok'])
    limiter.init(app).init(app)
    await play.expect('/a', ['ok', once])
  })

  test('handlers that are no routes have no limits', async () => {
    const { app } = setUp(version, { applicationLimits: [once], unmatchedLimits: [once] })
    app.use(ok)
    await (await served(app)).expect('/a', ['ok', 'ok', 'ok'])
  })

  test('unmatchedLimits limit every answer that there is no route, however it is made', async () => {
    const answers: readonly ((app: Koa) => void)[] = [
      () => undefined,
      (app) => app.use((ctx) => ctx.throw(404)),
      (app) =>
        app.use((ctx) => {
          ctx.status = 404
          ctx.body = 'not here'
        }),
    ]
    for (const answer of answers) {
      for (const mood of ['now', 'later'] as const) {
        const { app, router } = setUp(version, { unmatchedLimits: [twice], storage: new MoodyStorage(mood) })
        router.get('/a', (ctx) => ctx.throw(404))
        app.use(router.routes())
        answer(app)
        const play = await served(app)
        await play.expect('/none', [404, 404, twice])
        await play.expect('/a', [404, 404, 404])
      }
    }
  })

  test('unmatchedLimits limit what allowedMethods answers, also where it throws', async () => {
    for (const options of [{}, { throw: true }]) {
      const { app, router } = setUp(version, { unmatchedLimits: [twice] })
      router.post('/a', ok)
      app.use(router.routes()).use(router.allowedMethods(options))
      const play = await served(app)
      await play.expect('GET /a', [405, 405, twice])
      for (const method of ['OPTIONS', 'PROPFIND']) await play.expect(`${method} /a`, 429)
      await play.expect('POST /a', 'ok')
    }
  })

  test('unmatchedLimits that cannot be decided are asked once, and the error is answered', async () => {
    let asked = 0
    const { app, router } = setUp(version, {
      key: () => `${(asked += 1)}`,
      unmatchedLimits: [once],
      onStorageError: 'raise',
      storage: new MoodyStorage('fails'),
    })
    router.get('/a', ok)
    app.use(router.routes()).use(router.allowedMethods())
    const play = await served(app)
    for (const request of ['OPTIONS /a', 'POST /a', 'GET /none']) await play.expect(request, 500)
    expect(asked).toBe(3)
  })

  test('what a middleware answers to OPTIONS, such as one for CORS, is none of it', async () => {
    const { app, router } = setUp(version, { unmatchedLimits: [once] })
    router.get('/a', ok)
    app.use(async (ctx, next) => (ctx.method === 'OPTIONS' ? void (ctx.status = 204) : next()))
    const play = await served(app, router)
    await play.expect('OPTIONS /a', [204, 204])
  })

  test('a wrapped function knows the request, also behind a body', async () => {
    const { app, router, limiter } = setUp(version, {
      key: (ctx) => ctx.get('X-User'),
      storage: new MoodyStorage('later'),
    })
    const count = limiter.limit(twice).wrap((word: string) => word)
    router.post('/a', async (ctx) => {
      await count('first')
      ctx.body = await new Promise((resolve, reject) => {
        ctx.req.resume().on('end', () => void Promise.resolve(count('ok')).then(resolve, reject))
      })
    })
    app.use(router.routes())
    const url = `${await addressOf(app.callback())}/a`
    const post = async (user: string) => postInPieces(url, 'abc', { 'X-User': user })
    expect(await Promise.all([post('ann'), post('bob')])).toEqual(['ok', 'ok'])
    expect(await post('ann')).toBe(twice)
  })

  test('a key can be made of the user whom a middleware of the router has signed in', async () => {
    const { app, router } = setUp(version, {
      key: (ctx) => (ctx.state as { user?: string }).user,
      defaultLimits: [once],
    })
    router.use(async (ctx, next) => {
      ;(ctx.state as { user?: string }).user = ctx.get('X-User')
      await next()
    })
    router.get('/a', ok)
    const play = await served(app, router)
    await play.expect('/a', ['ok', once], { headers: { 'X-User': 'ann' } })
    await play.expect('/a', 'ok', { headers: { 'X-User': 'bob' } })
  })

  test('ctx.state.rateLimit and ctx.router are where they belong', async () => {
    const { app, router, limiter } = setUp(version, { autoCheck: false, defaultLimits: [once] })
    router.get(
      '/a',
      tells(async (ctx) => {
        const before = ctx.state.rateLimit ?? null
        await limiter.check(ctx)
        return [before, ctx.state.rateLimit?.limit?.remaining, ctx['router'] === router]
      }),
    )
    await (await served(app, router)).expect('/a', ['[null,0,true]', once])
  })
})

describe.each(VERSIONS)('a limit that stands in $name', (version) => {
  const { Router } = version

  test('before the routers counts all that passes, beside the limits of routes', async () => {
    const { app, router, limiter } = setUp(version, { defaultLimits: [once] })
    app.use(limiter.limit('3 per 1 minute'))
    router.get('/a', ok)
    const play = await served(app, router)
    await play.expect('/a', ['ok', once])
    await play.expect('/none', [404, 429])
  })

  test('in a router counts for the path that it came with', async () => {
    const { app, router, limiter } = setUp(version)
    const keys = tells((ctx) => limiter.currentLimits(ctx).map(({ key }) => decodeURIComponent(key)))
    const inner = new Router({ prefix: '/api' })
    inner.use('/x', limiter.limit('5 per 1 hour'))
    inner.use(limiter.limit(twice))
    inner.get('/x/y', keys)
    inner.get('/b', ok)
    router.use('/in', inner.routes())
    const play = await served(app, router)
    const [first, second] = JSON.parse((await play.send('/in/api/x/y')).body) as string[]
    expect([first, second]).toEqual([expect.stringContaining('/in/api/x'), expect.stringMatching(/\/in\/api(?!\/x)/)])
    await play.expect('/in/api/b', ['ok', twice])
  })

  test('on two routers has a counter for each', async () => {
    const { app, limiter } = setUp(version)
    const limit = limiter.limit(once)
    const routers = ['/a', '/b'].map((prefix) => {
      const router = new Router({ prefix })
      router.use(limit)
      router.get('/x', ok)
      return router
    })
    const play = await served(app, ...routers)
    for (const path of ['/a/x', '/b/x']) await play.expect(path, ['ok', once])
  })

  test('is not there when the limiter is not enabled', async () => {
    const { app, router, limiter } = setUp(version, { enabled: false, unmatchedLimits: [once] })
    app.use(limiter.limit(once))
    router.use(limiter.limit(once))
    router.get('/a', limiter.limit(once), ok)
    const play = await served(app, router)
    await play.expect('/a', ['ok', 'ok'])
    await play.expect('/none', [404, 404])
  })
})
