import type { FastifyInstance } from 'fastify'
import { describe, expect, onTestFinished, test } from 'vitest'
import { MoodyStorage } from '../../../src/testing/adapter-contract/storages.ts'
import { postInPieces } from '../slow-bodies.ts'
import { limiterWith, ok, once, served, tells, twice } from './playground.ts'
import { VERSIONS } from './versions.ts'

/** Sends a body that arrives in pieces, long after the head. */
async function post(app: FastifyInstance, path: string, body: object): Promise<string> {
  const address = app.server.listening ? app.listeningOrigin : await app.listen({ port: 0, host: '127.0.0.1' })
  return postInPieces(new URL(path, address), JSON.stringify(body), { 'Content-Type': 'application/json' })
}

describe.each(VERSIONS)('requests in $name', ({ fastify }) => {
  test('a wrapped function knows the request in hooks and handlers, also behind a body', async () => {
    const app = fastify()
    onTestFinished(async () => app.close())
    const limiter = limiterWith({ storage: new MoodyStorage('later') })
    const count = limiter.limit('4 per minute').wrap((word: string) => word)
    app.register(limiter.plugin)
    app.addHook('preHandler', async () => void (await count('hook')))
    app.post('/a', async (request) => {
      await new Promise(setImmediate)
      return count((request.body as { word: string }).word)
    })
    expect(await post(app, '/a', { word: 'first' })).toBe('first')
    expect(await post(app, '/a', { word: 'second' })).toBe('second')
    expect(await post(app, '/a', { word: 'third' })).toBe('4 per 1 minute')
  })

  test('requests at once do not mix up their wrapped functions', async () => {
    const app = fastify()
    const limiter = limiterWith({ key: (request) => request.headers['x-user'] as string })
    const count = limiter.limit(once).wrap(() => 'ok')
    app.register(limiter.plugin)
    app.get('/a', async () => {
      await new Promise(setImmediate)
      return count()
    })
    const play = await served(app)
    const as = async (user: string) => (await play.send('/a', { headers: { 'X-User': user } })).body
    expect(await Promise.all(['ann', 'bob', 'eve'].map(as))).toEqual(['ok', 'ok', 'ok'])
    expect(await Promise.all(['ann', 'bob', 'eve'].map(as))).toEqual([once, once, once])
    expect(limiter.limit(once).wrap(() => 'never')).toThrow(/called while no request is handled/)
  })

  test("with hook: 'preHandler' a key can be made of the body", async () => {
    const app = fastify()
    onTestFinished(async () => app.close())
    const limiter = limiterWith({ hook: 'preHandler', key: ({ body }) => (body as { name: string }).name })
    app.register(limiter.plugin)
    app.post('/login', { config: { rateLimit: once } }, ok)
    expect(await post(app, '/login', { name: 'ann' })).toBe('ok')
    expect(await post(app, '/login', { name: 'bob' })).toBe('ok')
    expect(await post(app, '/login', { name: 'ann' })).toBe(once)
  })

  test("with hook: 'preHandler' a body that cannot be read, or is not valid, is not counted, and a preHandler of the route comes after", async () => {
    const app = fastify()
    const limiter = limiterWith({ hook: 'preHandler', defaultLimits: [once] })
    app.register(limiter.plugin)
    let ran = 0
    const schema = { body: { type: 'object', required: ['name'] } }
    app.after(() => {
      app.post('/a', { schema, preHandler: (_request, _reply, done) => ((ran += 1), done()) }, ok)
    })
    const status = async (payload: string): Promise<number> => {
      const headers = { 'content-type': 'application/json' }
      return (await app.inject({ method: 'POST', url: '/a', headers, payload })).statusCode
    }
    const bodies = ['{', '{}', '{"name":"ann"}', '{"name":"ann"}']
    const statuses: number[] = []
    for (const body of bodies) statuses.push(await status(body))
    expect([statuses, ran]).toEqual([[400, 400, 200, 429], 1])
  })

  test('what a hook before the limiter sets is on refusals, and what it answers is not counted', async () => {
    const app = fastify()
    app.addHook('onRequest', (request, reply, done) => {
      reply.header('Access-Control-Allow-Origin', '*')
      if (request.method === 'OPTIONS') reply.code(204).send()
      else done()
    })
    app.register(limiterWith({ defaultLimits: [once] }).plugin)
    app.after(() => app.route({ method: ['GET', 'OPTIONS'], url: '/a', handler: ok }))
    const statuses: unknown[] = []
    for (const method of ['OPTIONS', 'OPTIONS', 'GET', 'GET'] as const) {
      const { statusCode, headers } = await app.inject({ method, url: '/a' })
      statuses.push([statusCode, headers['access-control-allow-origin']])
    }
    expect(statuses).toEqual([204, 204, 200, 429].map((code) => [code, '*']))
  })

  test("with hook: 'preHandler' a limit as onRequest of the route is decided there, with all others", async () => {
    const app = fastify()
    const limiter = limiterWith({ hook: 'preHandler', applicationLimits: [twice] })
    app.register(limiter.plugin)
    app.addHook('onRequest', (request, reply, done) => {
      if (request.headers['x-user']) done()
      else reply.code(401).send()
    })
    app.get('/a', { onRequest: limiter.limit(once) }, ok)
    app.get('/b', ok)
    const play = await served(app)
    const headers = { 'X-User': 'ann' }
    await play.expect('/a', [401, 401])
    await play.expect('/a', ['ok', once], { headers })
    await play.expect('/b', ['ok', twice], { headers })
  })

  test.each(['onRequest', 'preHandler'] as const)(
    'a route that hands a request to the 404 handler counts it once, with hook %s',
    async (hook) => {
      const app = fastify()
      app.register(limiterWith({ hook, defaultLimits: [twice], unmatchedLimits: [once] }).plugin)
      app.get('/files/*', (_request, reply) => {
        reply.callNotFound()
      })
      const play = await served(app)
      await play.expect('/files/a', [404, 404, twice])
      await play.expect('/none', [404, once])
    },
  )

  test('an unmatched request under a prefix with its own handler is limited all the same', async () => {
    const app = fastify()
    app.register(limiterWith({ unmatchedLimits: [once] }).plugin)
    app.register(
      async (inner) => {
        inner.setNotFoundHandler((_request, reply) => {
          reply.code(404).send('inner')
        })
      },
      { prefix: '/in' },
    )
    await (await served(app)).expect('/in/none', [404, once])
  })

  test('request.rateLimit is undefined until something is decided', async () => {
    const app = fastify()
    const limiter = limiterWith({ autoCheck: false, defaultLimits: [once] })
    app.register(limiter.plugin)
    app.get('/a', async (request) => {
      const before = request.rateLimit
      await limiter.check(request)
      return [before ?? null, request.rateLimit?.limit?.remaining]
    })
    await (await served(app)).expect('/a', ['[null,0]', once])
  })

  test('explain and currentLimit answer for a request without a route, too', async () => {
    const app = fastify()
    const limiter = limiterWith({ defaultLimits: [once] })
    app.register(limiter.plugin)
    app.setNotFoundHandler(
      tells(async (request) => [(await limiter.explain(request)).exempt, limiter.currentLimits(request)]),
    )
    await (await served(app)).expect('/none', '[true,[]]')
  })
})
