import { describe, expect, test } from 'vitest'
import { limiterWith, ok, once, served, setUp, twice } from './playground.ts'
import { VERSIONS } from './versions.ts'

const thrice = '3 per 1 minute'

describe.each(VERSIONS)('groups in $name', (version) => {
  const { Hono } = version

  test('nest as sub-apps do', async () => {
    const { app, limiter } = setUp(version, { defaultLimits: ['9 per hour'] })
    const [outer, inner] = [new Hono(), new Hono()]
    limiter.group(outer, twice).group(inner, thrice)
    outer.get('/x', ok).route('/inner', inner.get('/x', ok))
    const added = new Hono()
    limiter.group(added, thrice, { overrideDefaults: false })
    outer.route('/added', added.get('/x', ok))
    app.route('/o', outer)
    const play = await served(app)
    await play.expect('/o/x', ['ok', 'ok', twice])
    await play.expect('/o/inner/x', ['ok', 'ok', 'ok', thrice])
    await play.expect('/o/added/x', ['ok', 'ok', twice])
  })

  test('may be declared before, between and after their routes', async () => {
    const { app, limiter } = setUp(version)
    const inner = new Hono()
    inner.get('/a', ok)
    limiter.group(inner, once)
    inner.get('/b', ok)
    app.route('/i', inner)
    const play = await served(app)
    for (const path of ['/i/a', '/i/b']) await play.expect(path, ['ok', once])
  })

  test('may be declared after they were mounted in an app that has its limiter', async () => {
    const { app, limiter } = setUp(version)
    const inner = new Hono().get('/x', ok)
    app.route('/i', inner)
    limiter.group(inner, once)
    await (await served(app)).expect('/i/x', ['ok', once])
  })

  test('with an error handler of their own are groups all the same', async () => {
    const { app, limiter } = setUp(version)
    const [outer, inner] = [new Hono(), new Hono()]
    for (const each of [outer, inner]) each.onError((error, context) => context.text(error.message, 418))
    limiter.group(inner, twice)
    inner.get('/limit', limiter.limit(once), ok)
    inner.get('/exempt', limiter.exempt(), ok)
    inner.get('/x', ok)
    app.route('/o', outer.route('/i', inner))
    const play = await served(app)
    await play.expect('/o/i/limit', ['ok', once])
    await play.expect('/o/i/exempt', ['ok', 'ok', 'ok'])
    await play.expect('/o/i/x', ['ok', 'ok', twice])
  })

  test('are told apart where they are equal', async () => {
    const { app, limiter } = setUp(version)
    for (const [path, limit] of [
      ['/v1', once],
      ['/v2', twice],
    ] as const) {
      const inner = new Hono()
      limiter.group(inner, limit)
      app.route(path, inner.get('/x', ok))
    }
    const play = await served(app)
    await play.expect('/v1/x', ['ok', once])
    await play.expect('/v2/x', ['ok', 'ok', twice])
  })

  test('may be exempt, and what is inside them with them', async () => {
    const { app, limiter } = setUp(version, { defaultLimits: [once] })
    const [free, inner] = [new Hono(), new Hono()]
    limiter.exempt(free, { default: true, descendants: true })
    free.get('/x', ok).route('/i', inner.get('/x', ok))
    app.route('/free', free).get('/x', ok)
    const play = await served(app)
    for (const path of ['/free/x', '/free/i/x']) await play.expect(path, ['ok', 'ok'])
    await play.expect('/x', ['ok', once])
  })

  test('can be made by basePath', async () => {
    const { app, limiter } = setUp(version, { defaultLimits: [thrice] })
    const inner = new Hono().basePath('/v1')
    limiter.group(inner, once)
    app.route('/api', inner.get('/x', ok))
    app.get('/x', ok)
    const play = await served(app)
    await play.expect('/api/v1/x', ['ok', once])
    await play.expect('/x', ['ok', 'ok', 'ok', thrice])
  })

  test('that were mounted in an app before anybody knew of them are an error, not lost', async () => {
    for (const isHandling of [false, true]) {
      const { app, limiter } = setUp(version)
      const [outer, inner] = [new Hono(), new Hono().get('/x', ok)]
      if (isHandling) inner.onError((error, context) => context.text(error.message, 418))
      app.route('/o', outer.route('/i', inner))
      limiter.group(inner, once)
      const messages: string[] = []
      app.onError((error, context) => {
        messages.push(error.message)
        return context.text('', 500)
      })
      await (await served(app)).expect('/o/i/x', [500, 500])
      const message =
        'limiter.group: the sub-app with GET /o/i/x was mounted before the limiter knew of it; call limiter.group(subApp, …) before app.route(…, subApp)'
      expect(messages).toEqual([message, message])
    }
  })

  test('may have a handler in common with other apps', async () => {
    const { app, limiter } = setUp(version)
    const inner = new Hono().get('/x', ok)
    app.get('/v1/x', ok)
    limiter.group(inner, once)
    app.route('/v2', inner)
    const play = await served(app)
    await play.expect('/v1/x', ['ok', 'ok'])
    await play.expect('/v2/x', ['ok', once])
  })

  test('belong to the limiter that they were declared to', async () => {
    const { app, limiter } = setUp(version)
    const second = limiterWith({ keyPrefix: 'second' }).init(app)
    const inner = new Hono()
    limiter.group(inner, twice)
    second.group(inner, once)
    app.route('/i', inner.get('/x', ok))
    await (await served(app)).expect('/i/x', ['ok', once])
    expect(await limiter.clear({ key: '192.0.2.1' })).toBe(1)
  })
})
