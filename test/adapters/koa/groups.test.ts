import type RouterClass from '@koa/router'
import { describe, expect, test } from 'vitest'
import { limiterWith, ok, once, served, setUp, tells, twice } from './playground.ts'
import { freshRouter, VERSIONS } from './versions.ts'

const texts = { outer: '5 per 1 hour', middle: '4 per 1 hour', inner: '3 per 1 hour' }

describe.each(VERSIONS)('groups of $name', (version) => {
  const { Router } = version

  /** Three routers, one inside the other, of a class whose mounts nobody has seen yet. */
  const nest = (): [outer: RouterClass, middle: RouterClass, inner: RouterClass, mount: () => void] => {
    const Fresh = freshRouter(version)
    const [outer, middle, inner] = [new Fresh(), new Fresh(), new Fresh()]
    const mount = (): void => {
      middle.use('/i', inner.routes())
      outer.use('/m', middle.routes())
    }
    return [outer, middle, inner, mount]
  }

  test('are found in their order, three deep', async () => {
    const { app, limiter } = setUp(version)
    const [outer, middle, inner, mount] = nest()
    const limits = tells((ctx) => limiter.currentLimits(ctx).map(({ limit }) => limit.text))
    for (const router of [outer, middle, inner]) router.get('/x', limits)
    limiter.group(inner, texts.inner, { overrideDefaults: false })
    mount()
    // Once the limiter knows of one router, it sees where all of them are mounted.
    limiter.group(middle, texts.middle, { overrideDefaults: false }).group(outer, texts.outer)
    const play = await served(app, outer)
    await play.expect('/x', JSON.stringify([texts.outer]))
    await play.expect('/m/x', JSON.stringify([texts.outer, texts.middle]))
    await play.expect('/m/i/x', JSON.stringify([texts.outer, texts.middle, texts.inner]))
  })

  test('that were mounted before the limiter knew of any router are an error when the app starts', async () => {
    const { app, limiter } = setUp(version)
    const [outer, , inner, mount] = nest()
    inner.get('/x', ok)
    mount()
    limiter.group(outer, once)
    app.use(outer.routes())
    app.callback()
    limiter.group(inner, once)
    expect(() => app.callback()).toThrow(
      'limiter.group: the router with the route /m/i/x was mounted in another one before the limiter knew of it; call limiter.group(router, …) before router.routes() is used',
    )
  })

  test('equal routers with groups of their own are told apart', async () => {
    const { app, router, limiter } = setUp(version)
    for (const [path, limit] of [
      ['/v1', once],
      ['/v2', twice],
    ] as const) {
      const inner = new Router()
      limiter.group(inner, limit)
      inner.get('/x', ok)
      router.use(path, inner.routes())
    }
    const play = await served(app, router)
    await play.expect('/v1/x', ['ok', once])
    await play.expect('/v2/x', ['ok', 'ok', twice])
  })

  test('a router of which nothing is declared is a group of its own', async () => {
    const { app, router, limiter } = setUp(version, { defaultLimits: [once] })
    limiter.exempt(router, { default: true })
    const inner = new Router()
    router.get('/x', ok)
    inner.get('/x', ok)
    router.use('/i', inner.routes())
    const play = await served(app, router)
    await play.expect('/x', ['ok', 'ok'])
    await play.expect('/i/x', ['ok', once])
  })

  test('a group that is declared late is a group from then on', async () => {
    const { app, router, limiter } = setUp(version, { defaultLimits: [once] })
    router.get('/x', ok)
    const play = await served(app, router)
    await play.expect('/x', ['ok', once])
    limiter.group(router, twice)
    await play.expect('/x', ['ok', 'ok', twice])
    limiter.exempt(router)
    await play.expect('/x', 'ok')
  })

  test('routers that are used one after the other are groups beside each other', async () => {
    const { app, limiter } = setUp(version, { defaultLimits: ['9 per hour'] })
    const [first, second] = [new Router(), new Router({ prefix: '/s' })]
    limiter.group(first, once)
    limiter.group(second, twice)
    first.get('/f', ok)
    second.get('/x', ok)
    const play = await served(app, first, second)
    await play.expect('/f', ['ok', once])
    await play.expect('/s/x', ['ok', 'ok', twice])
  })

  test('a router in apps with different limiters belongs to each', async () => {
    const [one, two] = [setUp(version), setUp(version)]
    const shared = new Router()
    one.limiter.group(shared, once)
    two.limiter.group(shared, twice)
    shared.get('/x', ok)
    await (await served(one.app, shared)).expect('/x', ['ok', once])
    await (await served(two.app, shared)).expect('/x', ['ok', 'ok', twice])
    const free = new version.Koa()
    await (await served(free, shared)).expect('/x', ['ok', 'ok', 'ok'])
  })

  test('a router behind other middleware is found', async () => {
    const { app, router, limiter } = setUp(version, { defaultLimits: [twice] })
    limiter.group(router, once)
    router.get('/x', ok)
    const routes = router.routes() as unknown as (ctx: unknown, next: () => Promise<unknown>) => Promise<unknown>
    app.use(async (ctx, next) => routes(ctx, next))
    await (await served(app)).expect('/x', ['ok', once])
  })
})

test('two limiters know each its own groups', async () => {
  const version = VERSIONS.at(-1)!
  const { app, router, limiter } = setUp(version)
  const second = limiterWith({ keyPrefix: 'second' }).init(app)
  limiter.group(router, twice)
  second.group(router, once)
  router.get('/x', ok)
  const play = await served(app, router)
  await play.expect('/x', ['ok', once])
  expect(await limiter.clear({ key: '192.0.2.1' })).toBe(1)
})
