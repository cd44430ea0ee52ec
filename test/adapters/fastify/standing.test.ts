import { describe, expect, test } from 'vitest'
import { limiterWith, ok, once, served, tells, twice } from './playground.ts'
import { VERSIONS } from './versions.ts'

describe.each(VERSIONS)('a limit that stands on an instance of $name', ({ fastify }) => {
  test.each(['onRequest', 'preHandler'] as const)(
    'as %s counts all that passes with one counter, beside the limits of the route',
    async (hook) => {
      const app = fastify()
      const limiter = limiterWith({ defaultLimits: ['9 per hour'] })
      app.register(limiter.plugin)
      app.addHook(hook, limiter.limit('3 per 1 minute'))
      app.get('/a', { onRequest: limiter.limit(once) }, ok)
      app.register(async (inner) => void inner.get('/b', ok), { prefix: '/in' })
      const play = await served(app)
      await play.expect('/a', ['ok', once])
      // What the route has refused before is not counted.
      await play.expect('/in/b', ['ok', 'ok', '3 per 1 minute'])
      await play.expect('/none', 429)
    },
  )

  test('is there before and after the plugin is registered, and on an inner instance counts for that one', async () => {
    const app = fastify()
    const limiter = limiterWith()
    app.register(
      async (inner) => {
        inner.addHook('onRequest', limiter.limit(once))
        inner.get(
          '/x',
          tells((request) => limiter.currentLimits(request).map(({ key, limit }) => [key.includes('/in'), limit.text])),
        )
        inner.get('/y', ok)
      },
      { prefix: '/in' },
    )
    app.get('/out', ok)
    app.register(limiter.plugin)
    const play = await served(app)
    await play.expect('/out', ['ok', 'ok'])
    await play.expect('/in/x', `[[true,"${once}"]]`)
    await play.expect('/in/y', once)
  })

  test('on two instances has a counter for each', async () => {
    const app = fastify()
    const limiter = limiterWith()
    app.register(limiter.plugin)
    const limit = limiter.limit(once)
    for (const prefix of ['/a', '/b']) {
      app.register(
        async (inner) => {
          inner.addHook('onRequest', limit)
          inner.get('/x', ok)
        },
        { prefix },
      )
    }
    const play = await served(app)
    for (const path of ['/a/x', '/b/x']) await play.expect(path, ['ok', once])
  })

  test('for the handler of unmatched requests limits these', async () => {
    const app = fastify()
    const limiter = limiterWith()
    app.register(limiter.plugin)
    app.setNotFoundHandler({ preHandler: limiter.limit(twice) }, (_request, reply) => {
      reply.code(404).send('nothing here')
    })
    app.get('/a', ok)
    const play = await served(app)
    await play.expect('/none', 404)
    await play.expect('/other', [404, twice])
    await play.expect('/a', ['ok', 'ok', 'ok'])
  })

  test('is not there when the limiter is not enabled', async () => {
    const app = fastify()
    const limiter = limiterWith({ enabled: false })
    app.register(limiter.plugin)
    app.addHook('onRequest', limiter.limit(once))
    app.get('/a', { onRequest: limiter.limit(once) }, ok)
    await (await served(app)).expect('/a', ['ok', 'ok'])
  })

  test('cannot be an exemption', async () => {
    const app = fastify()
    const limiter = limiterWith()
    app.register(limiter.plugin)
    app.addHook('onRequest', limiter.exempt())
    app.get('/a', ok)
    expect(JSON.parse((await (await served(app)).send('/a')).body).message).toMatch(
      /write limiter\.exempt\(instance\)$/,
    )
  })

  test('is refused where its limiter is not known', async () => {
    const app = fastify()
    app.addHook('onRequest', limiterWith().limit(once))
    app.get('/a', ok)
    const answer = await (await served(app)).send('/a')
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([500, 'ERR_CONFIG'])
  })
})
