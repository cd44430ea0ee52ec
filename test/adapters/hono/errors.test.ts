import type { Context, Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { describe, expect, test } from 'vitest'
import { isLimiterError, RateLimitExceeded, ServiceUnavailable } from '../../../src/adapters/hono/index.ts'
import { headerOf } from '../../../src/testing/adapter-contract/stage.ts'
import { MoodyStorage } from '../../../src/testing/adapter-contract/storages.ts'
import { limiterWith, type Log, ok, once, served, setUp, silenceConsole } from './playground.ts'
import { VERSIONS } from './versions.ts'

describe.each(VERSIONS)('errors in $name', (version) => {
  const { Hono } = version

  test('a refusal goes to app.onError as an exception of Hono, and has headers', async () => {
    const { app } = setUp(version, { defaultLimits: [once], headers: 'legacy' })
    const seen: unknown[] = []
    app.onError((error, context) => {
      if (!(error instanceof RateLimitExceeded && error instanceof HTTPException)) throw error
      const { code, status, message, description, retryAfter, limit } = error
      seen.push({ code, status, message, description, retryAfter, limit: limit?.limit.text })
      seen.push(context.error === error, isLimiterError(error))
      return context.json({ wait: error.retryAfter }, error.status)
    })
    app.get('/a', ok)
    const play = await served(app)
    await play.expect('/a', 'ok')
    const refused = await play.send('/a')
    expect([refused.status, refused.body, headerOf(refused, 'Retry-After')]).toEqual([429, '{"wait":60}', '60'])
    expect(headerOf(refused, 'X-RateLimit-Remaining')).toBe('0')
    expect(seen).toEqual([
      { code: 'ERR_RATE_LIMITED', status: 429, message: once, description: once, retryAfter: 60, limit: once },
      true,
      true,
    ])
  })

  describe.each<[string, (error: Error, context: Context) => Response]>([
    ['by the context', (_error, context) => context.json({ slow: 'down' }, 429)],
    ['by a response of its own', () => new Response('slow down', { status: 429 })],
    ['by a response that cannot be changed', () => Response.redirect('http://localhost/slow', 302)],
    ['by that of the exception', (error) => (error as HTTPException).getResponse()],
  ])('what app.onError answers %s has the headers where Node does not send it', (name, answer) => {
    const headersOf = async (app: Pick<Hono, 'request'>): Promise<unknown> => {
      await app.request('/a')
      const { headers } = await app.request('/a')
      return ['Retry-After', 'X-RateLimit-Remaining'].map((header) => headers.get(header))
    }
    const options = { key: () => 'client', headers: 'legacy' } as const

    test.each<[string, (app: Hono) => void]>([
      ['the default limits', (app) => limiterWith({ ...options, defaultLimits: [once] }).init(app)],
      [
        'a limit in front',
        (app) => {
          const limiter = limiterWith(options)
          app.use(limiter.limit(once))
          limiter.init(app)
        },
      ],
      [
        'a storage that answers later',
        (app) => limiterWith({ ...options, defaultLimits: [once], storage: new MoodyStorage('later') }).init(app),
      ],
      [
        'two limiters',
        (app) => {
          for (const limit of [once, '2 per hour']) limiterWith({ ...options, defaultLimits: [limit] }).init(app)
        },
      ],
    ])('by %s', async (_by, declare) => {
      const app = new Hono()
      app.onError(answer)
      declare(app)
      app.get('/a', ok)
      expect(await headersOf(app)).toEqual(['60', '0'])
    })

    test('in a sub-app', async () => {
      const inner = new Hono()
      inner.onError(answer)
      limiterWith({ ...options, defaultLimits: [once] }).init(inner)
      inner.get('/', ok)
      const app = new Hono()
      app.route('/a', inner)
      expect(await headersOf(app)).toEqual(['60', '0'])
    })

    test.each([1, 2])('for requests without a route that meet %i functions', async (functions) => {
      const app = new Hono()
      app.onError(answer)
      limiterWith({ ...options, unmatchedLimits: [once] }).init(app)
      if (functions === 2) app.use((_context, next) => next())
      // What one function alone fails with, Hono answers past its context.
      const isPastContext = functions === 1 && name.startsWith('by a response')
      expect(await headersOf(app)).toEqual(isPastContext ? [null, null] : ['60', '0'])
    })
  })

  test('the exception answers as we would, as often as it is asked', async () => {
    const { app } = setUp(version, { defaultLimits: [once] })
    const answers: Response[] = []
    app.onError((error) => {
      const exception = error as HTTPException
      answers.push(exception.getResponse(), exception.res!)
      return exception.getResponse()
    })
    app.get('/a', ok)
    const play = await served(app)
    await play.expect('/a', ['ok', once])
    expect(await Promise.all(answers.map(async (answer) => answer.text()))).toEqual([once, once])
  })

  test('refusals of a middleware, of check(), of wrap() and of unmatched requests go there too', async () => {
    const { app, limiter } = setUp(version, { unmatchedLimits: [once] })
    app.onError((error, context) => {
      const kinds = [error instanceof RateLimitExceeded, error instanceof HTTPException]
      return context.text(JSON.stringify(kinds), 418)
    })
    const block = limiter.limit(once)
    const limited = limiter.limit(once).wrap(() => 'ok')
    app.use('/use', limiter.limit(once))
    app.get('/use', ok)
    app.get('/check', async (context) => (await block.check(context), context.text('ok')))
    app.get('/wrap', async (context) => context.text(await limited()))
    const play = await served(app)
    for (const path of ['/use', '/check', '/wrap', '/none']) {
      await play.send(path)
      const { status, body } = await play.send(path)
      expect([path, status, body]).toEqual([path, 418, '[true,true]'])
    }
  })

  test('a handler can catch what check() throws', async () => {
    const { app, limiter } = setUp(version, { defaultLimits: ['9 per minute'], headers: 'legacy' })
    const block = limiter.limit(once)
    app.get('/a', async (context) => {
      try {
        await block.check(context)
        return context.text('fresh')
      } catch (error) {
        if (!(error instanceof RateLimitExceeded)) throw error
        return context.text('cached')
      }
    })
    await (await served(app)).expect('/a', ['fresh', 'cached', 'cached'])
  })

  test('without app.onError the app answers, and headers of its middleware stay', async () => {
    const { Hono: App } = version
    const app = new App()
    app.use(async (context, next) => {
      context.header('Access-Control-Allow-Origin', '*')
      await next()
      context.header('X-After', String(context.res.status))
    })
    limiterWith({ defaultLimits: [once] }).init(app)
    app.get('/a', ok)
    const play = await served(app)
    await play.expect('/a', 'ok')
    const refused = await play.send('/a')
    const names = ['Access-Control-Allow-Origin', 'X-After', 'Content-Type', 'Cache-Control', 'Retry-After']
    expect([refused.body, ...names.map((name) => headerOf(refused, name))]).toEqual([
      once,
      '*',
      '429',
      'text/plain; charset=utf-8',
      'no-store',
      '60',
    ])
  })

  test('an answer of onBreach may have no body, or be one that cannot be sent, which is an error', async () => {
    silenceConsole()
    for (const answers of [false, true]) {
      const onBreach = (_limit: object, { req }: Context) =>
        req.path === '/a' ? { status: 302, headers: { Location: '/slow' } } : { status: 42 }
      const { app } = setUp(version, { defaultLimits: [once], onBreach })
      if (answers)
        app.onError((error, context) =>
          'getResponse' in error ? (error as HTTPException).getResponse() : context.text('', 500),
        )
      app.get('/a', ok).get('/b', ok)
      const play = await served(app)
      await play.expect('/a', 'ok')
      const refused = await play.send('/a')
      expect([refused.status, refused.body, headerOf(refused, 'Location')]).toEqual([302, '', '/slow'])
      await play.expect('/b', ['ok', 500])
    }
  })

  test('an outage is a ServiceUnavailable', async () => {
    for (const handled of [true, false]) {
      const { app } = setUp(version, {
        defaultLimits: [once],
        onStorageError: 'refuse',
        storage: new MoodyStorage('fails'),
      })
      if (handled) app.onError((error, context) => context.text(String(error instanceof ServiceUnavailable), 503))
      app.get('/a', ok)
      const refused = await (await served(app)).send('/a')
      const body = handled ? 'true' : 'The service is temporarily unavailable. Please try again later.'
      expect([refused.status, refused.body]).toEqual([503, body])
    }
  })

  test('a storage error that is raised is a StorageError with its cause', async () => {
    const { app } = setUp(version, { defaultLimits: [once], storage: new MoodyStorage('fails') })
    app.onError((error, context) =>
      context.text(isLimiterError(error) ? `${error.code}: ${(error.cause as Error).message}` : 'another', 418),
    )
    app.get('/a', ok)
    expect((await (await served(app)).send('/a')).body).toBe('ERR_STORAGE_UNAVAILABLE: connection refused')
  })

  test('an error of a handler is answered by the app, with the headers of the limits', async () => {
    const { app } = setUp(version, { defaultLimits: ['5 per minute'], headers: 'legacy' })
    app.onError((error, context) => context.text(error.message, 418))
    app.get('/a', () => {
      throw new Error('teapot')
    })
    const answer = await (await served(app)).send('/a')
    expect([answer.status, answer.body, headerOf(answer, 'X-RateLimit-Remaining')]).toEqual([418, 'teapot', '4'])
  })

  test.each(['now', 'later'] as const)(
    'an error of a handler is charged by its status, by a storage that answers %s',
    async (mood) => {
      const { app } = setUp(version, {
        defaultLimits: [once],
        defaultLimitsDeductWhen: ({ status }) => status === 404,
        headers: 'legacy',
        storage: new MoodyStorage(mood),
      })
      app.get('/a', () => {
        throw new HTTPException(404, { message: 'gone' })
      })
      const play = await served(app)
      expect(await play.header('/a', 'X-RateLimit-Remaining')).toBe('0')
      await play.expect('/a', once)
    },
  )

  test('where an error of a handler cannot be charged, the answer follows onStorageError', async () => {
    silenceConsole()
    for (const [onStorageError, status] of [
      ['raise', 500],
      ['refuse', 503],
      ['allow', 400],
    ] as const) {
      const storage = new MoodyStorage()
      const { app } = setUp(version, {
        defaultLimits: [once],
        defaultLimitsDeductWhen: () => true,
        onStorageError,
        storage,
      })
      app.get('/a', () => {
        storage.mood = 'fails'
        throw new HTTPException(400, { message: 'bad' })
      })
      await (await served(app)).expect('/a', status)
    }
  })

  test('the error handler of a sub-app sees what its handlers throw, and not what the app refuses', async () => {
    const { app, limiter } = setUp(version, { defaultLimits: [once] })
    const block = limiter.limit(once)
    const inner = new Hono()
    inner.onError((error, context) => context.text(`inner ${error.message}`, 418))
    inner.get('/check', limiter.exempt(), async (context) => (await block.check(context), context.text('ok')))
    inner.get('/a', ok)
    app.route('/i', inner)
    const play = await served(app)
    await play.expect('/i/check', ['ok', 418])
    await play.expect('/i/a', ['ok', once])
  })

  test('a headers function that fails is logged, and hangs nothing', async () => {
    const log: Log = []
    const headers = () => {
      throw new Error('boom')
    }
    const { app } = setUp(version, { defaultLimits: [once], headers }, log)
    app.get('/a', ok)
    await (await served(app)).expect('/a', ['ok', once])
    expect(log).toEqual(['error headers-failed-swallowed', 'error headers-failed-swallowed'])
  })
})
