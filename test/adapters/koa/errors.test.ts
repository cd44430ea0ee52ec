import type { Context, Next } from 'koa'
import { describe, expect, test } from 'vitest'
import { isLimiterError } from '../../../src/adapters/koa/index.ts'
import { headerOf } from '../../../src/testing/adapter-contract/stage.ts'
import { MoodyStorage } from '../../../src/testing/adapter-contract/storages.ts'
import { limiterWith, type Log, ok, once, served, setUp } from './playground.ts'
import { VERSIONS } from './versions.ts'

/** Answers errors by their names. */
async function tellsErrors(ctx: Context, next: Next): Promise<void> {
  try {
    await next()
  } catch (error) {
    ctx.status = (error as { status: number }).status
    ctx.body = (error as Error).name
  }
}

describe.each(VERSIONS)('errors in $name', (version) => {
  test('an error of requestIdentifier follows onCallbackError', async () => {
    for (const [onCallbackError, status] of [
      ['raise', 500],
      ['allow', 200],
    ] as const) {
      const requestIdentifier = () => {
        throw new Error('boom')
      }
      const { app, router, limiter } = setUp(version, { defaultLimits: [once], onCallbackError, requestIdentifier })
      const heard: string[] = []
      limiter.on('callbackError', ({ error }) => heard.push((error as Error).message))
      router.get('/a', ok)
      await (await served(app, router)).expect('/a', [status, status])
      expect(heard).toEqual(['boom', 'boom'])
    }
  })

  test('an outage is a ServiceUnavailable', async () => {
    for (const handled of [true, false]) {
      const { app, router } = setUp(version, {
        defaultLimits: [once],
        onStorageError: 'refuse',
        storage: new MoodyStorage('fails'),
      })
      if (handled) app.use(tellsErrors)
      router.get('/a', ok)
      const refused = await (await served(app, router)).send('/a')
      const body = handled ? 'ServiceUnavailable' : 'The service is temporarily unavailable.'
      expect([refused.status, refused.body]).toEqual([503, expect.stringContaining(body)])
    }
  })

  test('a storage error that is raised is a StorageError with its cause', async () => {
    const { app, router } = setUp(version, { defaultLimits: [once], storage: new MoodyStorage('fails') })
    let error: unknown
    app.on('error', (given: unknown) => {
      error = given
    })
    router.get('/a', ok)
    await (await served(app, router)).expect('/a', 500)
    expect(isLimiterError(error) && [error.code, (error.cause as Error).message]).toEqual([
      'ERR_STORAGE_UNAVAILABLE',
      'connection refused',
    ])
  })

  test('an error of the app is answered by Koa, with the headers of the limits', async () => {
    const { app, router } = setUp(version, { defaultLimits: ['5 per minute'], headers: 'legacy' })
    router.get('/a', (ctx) => ctx.throw(418, 'teapot'))
    const answer = await (await served(app, router)).send('/a')
    expect([answer.status, answer.body, headerOf(answer, 'X-RateLimit-Remaining')]).toEqual([418, 'teapot', '4'])
  })

  test.each(['now', 'later'] as const)(
    'an error of the app is charged by its status, by a storage that answers %s',
    async (mood) => {
      const storage = new MoodyStorage(mood)
      const { app, router } = setUp(version, {
        defaultLimits: [once],
        defaultLimitsDeductWhen: ({ status }) => status === 404,
        headers: 'legacy',
        storage,
      })
      router.get('/a', (ctx) => ctx.throw(404))
      const play = await served(app, router)
      expect(await play.header('/a', 'X-RateLimit-Remaining')).toBe('0')
      await play.expect('/a', once)
    },
  )

  test('where an error of the app cannot be charged, the answer follows onStorageError', async () => {
    for (const [onStorageError, status] of [
      ['raise', 500],
      ['refuse', 503],
      ['allow', 400],
    ] as const) {
      const storage = new MoodyStorage()
      const { app, router } = setUp(version, {
        defaultLimits: [once],
        defaultLimitsDeductWhen: () => true,
        onStorageError,
        storage,
      })
      router.get('/a', (ctx) => {
        storage.mood = 'fails'
        ctx.throw(400)
      })
      await (await served(app, router)).expect('/a', status)
    }
  })

  test('what is thrown and is no error is left to Koa', async () => {
    const { app, router } = setUp(version, { defaultLimits: [once], headers: 'legacy' })
    router.get('/a', () => {
      // oxlint-disable-next-line typescript/only-throw-error -- it happens
      throw 'text'
    })
    const answer = await (await served(app, router)).send('/a')
    expect([answer.status, headerOf(answer, 'X-RateLimit-Remaining')]).toEqual([500, '0'])
  })

  test('a headers function that fails is logged, and hangs nothing', async () => {
    const log: Log = []
    const headers = () => {
      throw new Error('boom')
    }
    const { app, router } = setUp(version, { defaultLimits: [once], headers }, log)
    router.get('/a', ok)
    await (await served(app, router)).expect('/a', ['ok', once])
    expect(log).toEqual(['error headers-failed-swallowed', 'error headers-failed-swallowed'])
  })
})

test('wrong use is answered', async () => {
  const version = VERSIONS.at(-1)!
  const limiter = limiterWith()
  const loosely = (value: unknown) => value as never
  expect(() => limiter.init(loosely({ use: 5 }))).toThrow(
    'limiter.init: expected a Koa app, made by new Koa(), got {"use":5}',
  )
  expect(() => limiter.group(loosely('/api'), once)).toThrow(
    'limiter.group: expected a router of @koa/router, got "/api"',
  )
  expect(() => limiter.exempt(loosely('/api'))).toThrow(
    'limiter.exempt: expected scopes such as { default: true }, got "/api"',
  )
  expect(() => limiter.limit('5 an hour')).toThrow('limiter.limit: cannot read the limit')
  expect(limiter.limit(once).wrap(() => 'never')).toThrow(/called while no request is handled/)

  const { app, router } = setUp(version)
  const messages: unknown[] = []
  app.use(async (_ctx, next) => next().catch((error: Error) => messages.push(error.message)))
  router.get('/unknown', limiter.limit(once), ok)
  router.get('/check', (ctx) => void limiter.check(ctx))
  router.use('/use', limiter.exempt())
  router.get('/use', ok)
  const play = await served(app, router)
  for (const path of ['/unknown', '/check', '/use']) await play.send(path)
  expect(messages).toEqual([
    'limiter.limit(…) runs in an app that its limiter does not know; call limiter.init(app)',
    expect.stringContaining('limiter.check(request): this limiter does not know the request'),
    'limiter.exempt() exempts the route it is attached to; for a router write limiter.exempt(router)',
  ])
})
