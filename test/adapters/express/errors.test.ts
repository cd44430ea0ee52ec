import type { NextFunction, Request, Response } from 'express'
import { describe, expect, test } from 'vitest'
import { isLimiterError, type RateLimitExceeded } from '../../../src/adapters/express/index.ts'
import { MoodyStorage } from '../../../src/testing/adapter-contract/storages.ts'
import { headerOf } from '../../../src/testing/adapter-contract/stage.ts'
import { limiterWith, type Log, ok, once, served } from './playground.ts'
import { VERSIONS } from './versions.ts'

/** Answers what an error handler is given. */
function asJson(error: unknown, _request: Request, response: Response, _next: NextFunction): void {
  const { name, code, status, statusCode, message, description, retryAfter, limit } = error as RateLimitExceeded
  response
    .status(status ?? 500)
    .json({ name, code, statusCode, message, description, retryAfter, limit: limit?.limit.text })
}

describe.each(VERSIONS)('errors in $name', ({ express }) => {
  test("with errors: 'next' a refusal goes to the error handlers, with all they need", async () => {
    const app = express()
    limiterWith({ defaultLimits: [once], errors: 'next', headers: 'legacy' }).init(app)
    app.get('/a', ok)
    app.use(asJson)
    const play = await served(app)
    await play.send('/a')
    const refused = await play.send('/a')
    expect([refused.status, headerOf(refused, 'Retry-After'), headerOf(refused, 'X-RateLimit-Remaining')]).toEqual([
      429,
      '60',
      '0',
    ])
    expect(JSON.parse(refused.body)).toEqual({
      name: 'RateLimitExceeded',
      code: 'ERR_RATE_LIMITED',
      statusCode: 429,
      message: once,
      description: once,
      retryAfter: 60,
      limit: once,
    })
  })

  test("with errors: 'next' and no error handler Express answers 429", async () => {
    const app = express()
    limiterWith({ defaultLimits: [once], errors: 'next' }).init(app)
    app.get('/a', ok)
    const play = await served(app)
    await play.send('/a')
    expect(await play.header('/a', 'Retry-After')).toBe('60')
    expect((await play.send('/a')).status).toBe(429)
  })

  test("with errors: 'next' refusals of unmatched requests, of app.use and of check() go there, too", async () => {
    const app = express()
    const limiter = limiterWith({ errors: 'next', unmatchedLimits: [once] }).init(app)
    const block = limiter.limit(once)
    app.use('/use', limiter.limit(once), ok)
    app.get('/check', (request, response, next) => {
      Promise.resolve(block.check(request)).then(() => response.send('ok'), next)
    })
    app.use(asJson)
    const play = await served(app)
    for (const [path, status] of [
      ['/use', 200],
      ['/check', 200],
    ] as const) {
      await play.expect(path, status)
      expect(JSON.parse((await play.send(path)).body)).toMatchObject({ code: 'ERR_RATE_LIMITED', description: once })
    }
  })

  test("with errors: 'next' an outage is a ServiceUnavailable", async () => {
    const app = express()
    limiterWith({
      defaultLimits: [once],
      errors: 'next',
      onStorageError: 'refuse',
      storage: new MoodyStorage('fails'),
    }).init(app)
    app.get('/a', ok)
    app.use(asJson)
    const refused = await (await served(app)).send('/a')
    expect([refused.status, JSON.parse(refused.body).name]).toEqual([503, 'ServiceUnavailable'])
  })

  test('a refusal by check() that a handler lets through is answered like any other', async () => {
    const app = express()
    const limiter = limiterWith({ headers: 'legacy' }).init(app)
    const block = limiter.limit(once, { onBreach: () => ({ status: 418, body: 'no tea' }) })
    app.get('/a', (request, response, next) => {
      try {
        void block.check(request)
        response.send('ok')
      } catch (error) {
        next(error)
      }
    })
    app.use(
      (_error: unknown, _request: Request, response: Response, _next: NextFunction) =>
        void response.status(500).send('never'),
    )
    const play = await served(app)
    expect(await play.header('/a', 'X-RateLimit-Remaining')).toBe('0')
    const refused = await play.send('/a')
    expect([refused.status, refused.body, headerOf(refused, 'X-RateLimit-Remaining')]).toEqual([418, 'no tea', '0'])
  })

  test('a refusal by check() in a middleware outside of any route is answered, too', async () => {
    const app = express()
    const limiter = limiterWith().init(app)
    const block = limiter.limit(once)
    app.use((request, _response, next) => {
      Promise.resolve(block.check(request)).then(() => next(), next)
    })
    app.get('/a', ok)
    await (await served(app)).expect('/a', ['ok', once])
  })

  test('an error of the app in a limited route reaches its error handlers as it is', async () => {
    const app = express()
    limiterWith({ defaultLimits: ['5 per minute'], headers: 'legacy' }).init(app)
    app.get('/a', () => {
      throw Object.assign(new Error('teapot'), { status: 418, code: 'TEA' })
    })
    app.use(asJson)
    const answer = await (await served(app)).send('/a')
    expect([answer.status, JSON.parse(answer.body).code, headerOf(answer, 'X-RateLimit-Remaining')]).toEqual([
      418,
      'TEA',
      '4',
    ])
  })

  test('an error handler inside a limited router gets the errors of its routes', async () => {
    const app = express()
    const limiter = limiterWith().init(app)
    const router = express.Router()
    limiter.group(router, once)
    router.get('/x', (_request, _response, next) => next(new Error('boom')))
    router.use(asJson)
    app.use('/r', router)
    const play = await served(app)
    expect(JSON.parse((await play.send('/r/x')).body)).toMatchObject({ message: 'boom' })
    await play.expect('/r/x', once)
  })

  test('a storage error that is raised is a StorageError with its cause', async () => {
    const app = express()
    limiterWith({ defaultLimits: [once], storage: new MoodyStorage('fails') }).init(app)
    app.get('/a', ok)
    let seen: unknown
    app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
      seen = error
      response.status(500).end()
    })
    await (await served(app)).expect('/a', 500)
    expect(isLimiterError(seen) && [seen.code, seen.message, (seen.cause as Error).message]).toEqual([
      'ERR_STORAGE_UNAVAILABLE',
      'moody failed: connection refused',
      'connection refused',
    ])
  })

  test('an error of requestIdentifier follows onCallbackError', async () => {
    for (const [onCallbackError, status] of [
      ['raise', 500],
      ['allow', 200],
    ] as const) {
      const app = express()
      const heard: string[] = []
      const limiter = limiterWith({
        defaultLimits: [once],
        onCallbackError,
        requestIdentifier: () => {
          throw new Error('boom')
        },
      }).init(app)
      limiter.on('callbackError', ({ error }) => heard.push((error as Error).message))
      app.get('/a', ok)
      await (await served(app)).expect('/a', [status, status])
      expect(heard).toEqual(['boom', 'boom'])
    }
  })

  test('an answer of onBreach that cannot be sent is an error, not a pass', async () => {
    const app = express()
    limiterWith({ defaultLimits: [once], onBreach: () => ({ status: 42 }) }).init(app)
    app.get('/a', ok)
    app.use(asJson)
    const play = await served(app)
    await play.expect('/a', 'ok')
    const refused = await play.send('/a')
    expect([refused.status, JSON.parse(refused.body).code]).toEqual([500, 'ERR_CALLBACK'])
  })

  test('a headers function that fails leaves its headers out, also where the handler answers later', async () => {
    const log: Log = []
    const app = express()
    const headers = () => {
      throw new Error('boom')
    }
    limiterWith({ defaultLimits: [once], headers }, log).init(app)
    app.get('/a', (_request, response) => void setImmediate(() => response.send('ok')))
    await (await served(app)).expect('/a', ['ok', once])
    expect(log).toEqual(['error headers-failed-swallowed', 'error headers-failed-swallowed'])
  })

  test('an answer of onBreach without a body has none', async () => {
    const app = express()
    limiterWith({ defaultLimits: [once], onBreach: () => ({ status: 204 }) }).init(app)
    app.get('/a', ok)
    const play = await served(app)
    await play.expect('/a', 'ok')
    const refused = await play.send('/a')
    expect([refused.status, headerOf(refused, 'Content-Length'), headerOf(refused, 'Content-Type')]).toEqual([
      204,
      undefined,
      undefined,
    ])
  })
})
