import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { describe, expect, test } from 'vitest'
import { isLimiterError, RateLimitExceeded } from '../../../src/adapters/fastify/index.ts'
import { headerOf } from '../../../src/testing/adapter-contract/stage.ts'
import { MoodyStorage } from '../../../src/testing/adapter-contract/storages.ts'
import { limiterWith, type Log, ok, once, served } from './playground.ts'
import { VERSIONS } from './versions.ts'

/** Answers what an error handler is given. */
function asJson(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void {
  const { name, code, statusCode, message } = error
  const { description, retryAfter, limit } = error as unknown as Partial<RateLimitExceeded>
  reply
    .code(statusCode ?? 500)
    .send({ name, code, statusCode, message, description, retryAfter, limit: limit?.limit.text })
}

const seen = {
  name: 'RateLimitExceeded',
  code: 'ERR_RATE_LIMITED',
  statusCode: 429,
  message: once,
  description: once,
  retryAfter: 60,
  limit: once,
}

describe.each(VERSIONS)('errors in $name', ({ fastify }) => {
  test('a refusal goes to the error handler of the app, with all it needs, and has headers', async () => {
    const app = fastify()
    app.register(limiterWith({ defaultLimits: [once], headers: 'legacy' }).plugin)
    app.setErrorHandler(asJson)
    app.get('/a', ok)
    const play = await served(app)
    await play.send('/a')
    const refused = await play.send('/a')
    expect([refused.status, headerOf(refused, 'Retry-After'), headerOf(refused, 'X-RateLimit-Remaining')]).toEqual([
      429,
      '60',
      '0',
    ])
    expect(JSON.parse(refused.body)).toEqual(seen)
  })

  test('a refusal goes to the error handler of an encapsulated plugin, or of the route', async () => {
    const app = fastify()
    const limiter = limiterWith({ defaultLimits: [once] })
    app.register(limiter.plugin)
    app.register(async (inner) => {
      inner.setErrorHandler(asJson)
      inner.get('/plugin', ok)
    })
    app.get('/route', { errorHandler: asJson }, ok)
    app.get('/none', ok)
    const play = await served(app)
    for (const path of ['/plugin', '/route']) {
      await play.expect(path, 'ok')
      expect(JSON.parse((await play.send(path)).body)).toEqual(seen)
    }
    await play.expect('/none', ['ok', once])
  })

  test('an error handler that passes it on, or throws it, gets our answer', async () => {
    for (const handler of [
      (error: FastifyError, _request: FastifyRequest, reply: FastifyReply) => void reply.send(error),
      async (error: FastifyError) => {
        throw error
      },
    ]) {
      const app = fastify()
      app.register(limiterWith({ defaultLimits: [once] }).plugin)
      app.setErrorHandler(handler)
      app.get('/a', ok)
      const play = await served(app)
      await play.send('/a')
      const refused = await play.send('/a', { headers: { Accept: 'application/json' } })
      expect([refused.status, headerOf(refused, 'Content-Type'), headerOf(refused, 'Cache-Control')]).toEqual([
        429,
        'application/problem+json; charset=utf-8',
        'no-store',
      ])
      expect(JSON.parse(refused.body)).toMatchObject({ title: 'Quota exceeded' })
    }
  })

  test('an error handler may answer by another status, and set a Retry-After of its own', async () => {
    const app = fastify()
    app.register(limiterWith({ defaultLimits: [once] }).plugin)
    app.setErrorHandler((_error, _request, reply) => {
      reply.code(503).header('Retry-After', '90').send('later')
    })
    app.get('/a', ok)
    const play = await served(app)
    await play.send('/a')
    const refused = await play.send('/a')
    expect([refused.status, refused.body, headerOf(refused, 'Retry-After')]).toEqual([503, 'later', '90'])
  })

  test('onError hooks of the app hear of a refusal, which is answered as ever', async () => {
    const app = fastify()
    const errors: unknown[] = []
    app.register(limiterWith({ defaultLimits: [once] }).plugin)
    app.addHook('onError', async (_request, _reply, error) => void errors.push(error))
    app.get('/a', ok)
    await (await served(app)).expect('/a', ['ok', once])
    expect(errors[0]).toBeInstanceOf(RateLimitExceeded)
  })

  test('a schema of the route for 429 decides what is sent', async () => {
    const app = fastify()
    app.register(limiterWith({ defaultLimits: [once] }).plugin)
    const response = { 429: { type: 'object', properties: { message: { type: 'string' } } } }
    app.get('/a', { schema: { response } }, ok)
    const play = await served(app)
    await play.send('/a')
    const refused = await play.send('/a')
    expect([refused.status, JSON.parse(refused.body)]).toEqual([429, { message: once }])
  })

  test('a refusal by check() that a handler lets through is answered like any other', async () => {
    const app = fastify()
    const limiter = limiterWith({ headers: 'legacy' })
    app.register(limiter.plugin)
    const block = limiter.limit(once, { onBreach: () => ({ status: 418, body: 'no tea' }) })
    app.get('/a', async (request) => {
      await block.check(request)
      return 'ok'
    })
    const play = await served(app)
    expect(await play.header('/a', 'X-RateLimit-Remaining')).toBe('0')
    const refused = await play.send('/a')
    expect([refused.status, refused.body, headerOf(refused, 'X-RateLimit-Remaining')]).toEqual([418, 'no tea', '0'])
    expect(headerOf(refused, 'Content-Length')).toBe('6')
  })

  test('a handler that answers a refusal by check() itself is not answered for', async () => {
    const app = fastify()
    const limiter = limiterWith()
    app.register(limiter.plugin)
    const block = limiter.limit(once)
    app.get('/a', async (request, reply) => {
      try {
        await block.check(request)
        return 'ok'
      } catch (error) {
        return reply.code(429).send({ mine: (error as Error).message })
      }
    })
    const play = await served(app)
    await play.expect('/a', ['ok', `{"mine":"${once}"}`])
  })

  test('an outage is a ServiceUnavailable, answered by 503 or by the error handler', async () => {
    for (const [handled, body] of [
      [true, '"ServiceUnavailable"'],
      [false, 'The service is temporarily unavailable.'],
    ] as const) {
      const app = fastify()
      app.register(
        limiterWith({ defaultLimits: [once], onStorageError: 'refuse', storage: new MoodyStorage('fails') }).plugin,
      )
      if (handled) app.setErrorHandler(asJson)
      app.get('/a', ok)
      const refused = await (await served(app)).send('/a')
      expect([refused.status, refused.body]).toEqual([503, expect.stringContaining(body)])
    }
  })

  test('a storage error that is raised is a StorageError with its cause', async () => {
    const app = fastify()
    app.register(limiterWith({ defaultLimits: [once], storage: new MoodyStorage('fails') }).plugin)
    let error: unknown
    app.setErrorHandler((given, _request, reply) => {
      error = given
      reply.code(500).send()
    })
    app.get('/a', ok)
    await (await served(app)).expect('/a', 500)
    expect(isLimiterError(error) && [error.code, (error.cause as Error).message]).toEqual([
      'ERR_STORAGE_UNAVAILABLE',
      'connection refused',
    ])
  })

  test.each([true, false])(
    'an answer of onBreach that cannot be sent is an error, not a pass (app hears of errors: %s)',
    async (hears) => {
      const app = fastify()
      app.register(limiterWith({ defaultLimits: [once], onBreach: () => ({ status: 42 }) }).plugin)
      if (hears) app.addHook('onError', async () => undefined)
      app.get('/a', ok)
      const play = await served(app)
      await play.expect('/a', 'ok')
      const refused = await play.send('/a')
      expect([refused.status, JSON.parse(refused.body).code]).toEqual([500, 'ERR_CALLBACK'])
    },
  )

  test('an answer of onBreach may have no body', async () => {
    const app = fastify()
    app.register(
      limiterWith({ defaultLimits: [once], onBreach: () => ({ status: 302, headers: { Location: '/slow' } }) }).plugin,
    )
    app.get('/a', ok)
    const play = await served(app)
    await play.expect('/a', 'ok')
    const refused = await play.send('/a')
    expect([refused.status, refused.body, headerOf(refused, 'Location'), headerOf(refused, 'Content-Type')]).toEqual([
      302,
      '',
      '/slow',
      undefined,
    ])
  })

  test('an error of requestIdentifier follows onCallbackError', async () => {
    for (const [onCallbackError, status] of [
      ['raise', 500],
      ['allow', 200],
    ] as const) {
      const app = fastify()
      const heard: string[] = []
      const requestIdentifier = () => {
        throw new Error('boom')
      }
      const limiter = limiterWith({ defaultLimits: [once], onCallbackError, requestIdentifier })
      limiter.on('callbackError', ({ error }) => heard.push((error as Error).message))
      app.register(limiter.plugin)
      app.get('/a', ok)
      await (await served(app)).expect('/a', [status, status])
      expect(heard).toEqual(['boom', 'boom'])
    }
  })

  test('an error of the app in a limited route reaches its error handler as it is', async () => {
    const app = fastify()
    app.register(limiterWith({ defaultLimits: ['5 per minute'], headers: 'legacy' }).plugin)
    app.setErrorHandler(asJson)
    app.get('/a', () => {
      throw Object.assign(new Error('teapot'), { statusCode: 418, code: 'TEA' })
    })
    const answer = await (await served(app)).send('/a')
    expect([answer.status, JSON.parse(answer.body).code, headerOf(answer, 'X-RateLimit-Remaining')]).toEqual([
      418,
      'TEA',
      '4',
    ])
  })

  test('a headers function that fails is logged, and hangs nothing', async () => {
    const log: Log = []
    const app = fastify()
    const headers = () => {
      throw new Error('boom')
    }
    app.register(limiterWith({ defaultLimits: [once], headers }, log).plugin)
    app.get('/a', ok)
    await (await served(app)).expect('/a', ['ok', once])
    expect(log).toEqual(['error headers-failed-swallowed', 'error headers-failed-swallowed'])
  })
})
