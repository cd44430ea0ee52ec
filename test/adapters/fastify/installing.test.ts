import Fastify, { type FastifyInstance } from 'fastify'
import { describe, expect, test } from 'vitest'
import { createLimiter, remoteAddress } from '../../../src/adapters/fastify/index.ts'
import { limiterWith, type Log, ok, once, served, tells, twice } from './playground.ts'
import { VERSIONS } from './versions.ts'

describe.each(VERSIONS)('limiter.plugin in $name', ({ fastify }) => {
  test('limits routes that were declared before it was registered, with all they declare', async () => {
    const app = fastify()
    const limiter = limiterWith({ defaultLimits: ['9/hour'] })
    app.get(
      '/default',
      tells((request) => limiter.currentLimits(request).map(({ limit }) => limit.text)),
    )
    app.get('/hook', { onRequest: limiter.limit(once) }, ok)
    app.get('/hooks', { preHandler: [limiter.limit(twice), (_request, _reply, done) => done()] }, ok)
    app.get('/config', { config: { rateLimit: once } }, ok)
    app.get('/free', { onRequest: limiter.exempt() }, ok)
    app.register(
      async (inner) => {
        limiter.group(inner, twice)
        inner.get('/group', ok)
        inner.get('/own', { config: { rateLimit: [{ limit: once, overrideDefaults: false }] } }, ok)
      },
      { prefix: '/in' },
    )
    app.register(limiter.plugin)
    const play = await served(app)
    await play.expect('/default', '["9 per 1 hour"]')
    await play.expect('/hook', ['ok', once])
    await play.expect('/hooks', ['ok', 'ok', twice])
    await play.expect('/config', ['ok', once])
    await play.expect('/free', ['ok', 'ok', 'ok'])
    await play.expect('/in/group', ['ok', 'ok', twice])
    await play.expect('/in/own', ['ok', once])
  })

  test('limits, inside an encapsulated plugin, the routes of that plugin only', async () => {
    const app = fastify()
    const limiter = limiterWith({ defaultLimits: [once], unmatchedLimits: [once], headers: 'legacy' })
    app.get('/out', ok)
    app.register(async (inner) => {
      inner.get('/early', ok)
      inner.register(limiter.plugin)
      inner.get('/late', ok)
    })
    const play = await served(app)
    await play.expect('/out', ['ok', 'ok'])
    expect(await play.header('/out', 'X-RateLimit-Limit')).toBe(undefined)
    await play.expect('/none', [404, 404])
    for (const path of ['/early', '/late']) await play.expect(path, ['ok', once])
  })

  test('is registered once, however often it is asked to', async () => {
    const app = fastify()
    const limiter = limiterWith({ defaultLimits: [twice] })
    app.register(limiter.plugin)
    app.register(async (inner) => {
      inner.register(limiter.plugin)
      inner.get('/a', ok)
    })
    app.register(limiter.plugin)
    await (await served(app)).expect('/a', ['ok', 'ok', twice])
  })

  test('works on an app inside which another limiter was registered before', async () => {
    const app = fastify()
    const [outer, inner] = [
      limiterWith({ defaultLimits: [twice] }),
      limiterWith({ keyPrefix: 'inner', defaultLimits: [once], headers: 'legacy' }),
    ]
    await app.register(async (instance) => {
      await instance.register(inner.plugin)
      instance.get('/in', ok)
    })
    await app.register(outer.plugin)
    app.get('/out', ok)
    const play = await served(app)
    expect(await play.header('/in', 'X-RateLimit-Limit')).toBe('1')
    await play.expect('/in', once)
    await play.expect('/out', ['ok', 'ok', twice])
    await outer.clear({ key: '192.0.2.1' })
    await play.expect('/out', ['ok', 'ok', twice])
  })

  test('can be registered on several apps, which count together', async () => {
    const limiter = limiterWith({ applicationLimits: [once] })
    const apps = [fastify(), fastify()]
    for (const app of apps) app.register(limiter.plugin).get('/a', ok)
    await (await served(apps[0]!)).expect('/a', 'ok')
    await (await served(apps[1]!)).expect('/a', once)
  })

  test('the config of a route speaks to the limiter that was registered first', async () => {
    const app = fastify()
    const [first, second] = [limiterWith(), limiterWith({ keyPrefix: 'second', defaultLimits: ['3 per 1 minute'] })]
    app.register(first.plugin)
    app.register(second.plugin)
    app.after(() => {
      app.get('/a', { config: { rateLimit: twice } }, ok)
      app.get('/b', { config: { rateLimit: false } }, ok)
      app.get('/c', { config: { rateLimit: false }, onRequest: second.limit(once) }, ok)
    })
    const play = await served(app)
    await play.expect('/a', ['ok', 'ok', twice])
    await play.expect('/b', ['ok', 'ok', 'ok', '3 per 1 minute'])
    await play.expect('/c', ['ok', once])
  })
})

describe('what cannot be meant', () => {
  test.each([
    [
      true,
      "GET /a: config.rateLimit: expected a limit such as '5/minute', an object with a limit, a list of these, or false, got true",
    ],
    [5, /config\.rateLimit: expected a limit such as .* got 5$/],
    ['5 an hour', /^GET \/a: config\.rateLimit: cannot read the limit "5 an hour": at position 2/],
    [['5/minute', { limit: '1 a day' }], /^GET \/a: config\.rateLimit\[1\]: cannot read/],
    [{ max: 5, timeWindow: '1 minute' }, /^GET \/a: config\.rateLimit: unknown option "max"/],
    [{ limit: '5/minute', cost: 6 }, /a cost of 6 can never pass/],
    [null, /^GET \/a: config\.rateLimit: expected a limit/],
  ])('in the config of a route fails where it is declared: %o', async (rateLimit, message) => {
    const app = Fastify()
    await app.register(limiterWith().plugin)
    expect(() => app.get('/a', { config: { rateLimit: rateLimit as string } }, ok)).toThrow(message)
  })

  test('in the config of a route that was declared before the limiter fails when the app starts', async () => {
    const app = Fastify()
    app.get('/a', { config: { rateLimit: '5 an hour' } }, ok)
    app.register(limiterWith().plugin)
    await expect(app.ready()).rejects.toThrow(/^GET \/a: config\.rateLimit: cannot read the limit "5 an hour"/)
  })

  const loosely = (value: unknown) => value as never
  const limiter = limiterWith()

  test.each([
    [
      'a group that is a path',
      () => limiter.group(loosely('/api'), '5/minute'),
      'limiter.group: expected a Fastify app, or what a plugin gets in its place, got "/api"',
    ],
    [
      'an exempt path',
      () => limiter.exempt(loosely('/api')),
      'limiter.exempt: expected scopes such as { default: true }, got "/api"',
    ],
    [
      'an unknown scope',
      () => limiter.exempt(loosely({ defaults: true })),
      /unknown option "defaults"; did you mean default\?/,
    ],
    [
      'another hook',
      () => createLimiter({ key: remoteAddress, hook: loosely('preParsing') }),
      "hook: expected 'onRequest' or 'preHandler', got \"preParsing\"",
    ],
    ['a malformed limit', () => limiter.limit('5 an hour'), /^limiter\.limit: cannot read the limit/],
  ])('%s is answered', (_name, use, message) => {
    expect(use).toThrow(message)
  })

  test('a plugin that is registered on something else is answered', () => {
    const complaints: unknown[] = []
    limiter.plugin({} as never, {}, (error) => complaints.push(error?.message))
    expect(complaints).toEqual(['limiter.plugin: expected to be registered on a Fastify app, got {}'])
  })

  test('a limit in an app that its limiter does not know is answered', async () => {
    const app = Fastify()
    app.get('/a', { onRequest: limiter.limit(once) }, ok)
    app.get('/b', async (request) => limiter.check(request))
    const play = await served(app)
    expect(JSON.parse((await play.send('/a')).body).message).toBe(
      'limiter.limit(…) runs in an app that its limiter does not know; call app.register(limiter.plugin)',
    )
    expect(JSON.parse((await play.send('/b')).body).message).toMatch('this limiter does not know the request')
  })

  test('two limiters with one prefix, and limits of a key that is not there, are warned of', async () => {
    const log: Log = []
    const app = Fastify()
    app.register(limiterWith({}, log).plugin)
    app.register(limiterWith({ key: () => undefined, defaultLimits: [once] }, log).plugin)
    app.after(() => app.get('/a', ok))
    await (await served(app)).expect('/a', ['ok', 'ok'])
    expect(log).toEqual(['warn WARN_SAME_PREFIX', 'warn WARN_KEY_UNDEFINED'])
  })
})

test('an app without a limiter is not touched', async () => {
  const touch = (app: FastifyInstance): FastifyInstance => app.register(limiterWith({ defaultLimits: [once] }).plugin)
  await served(touch(Fastify()))
  const app = Fastify()
  app.get(
    '/a',
    { config: { rateLimit: once } },
    tells((request) => 'rateLimit' in request),
  )
  await (await served(app)).expect('/a', ['false', 'false'])
})
