import type { Context, Next } from 'koa'
import { describe, expect, test } from 'vitest'
import { RateLimitExceeded } from '../../../src/adapters/koa/index.ts'
import { headerOf } from '../../../src/testing/adapter-contract/stage.ts'
import { ok, once, served, setUp } from './playground.ts'
import { VERSIONS } from './versions.ts'

/** Answers errors, as apps do. */
async function handlesErrors(ctx: Context, next: Next): Promise<void> {
  try {
    await next()
  } catch (error) {
    const { name, code, status, expose, message, description, retryAfter, limit } = error as RateLimitExceeded
    ctx.status = status
    ctx.body = { name, code, expose, message, description, retryAfter, limit: limit?.limit.text }
  }
}

const seen = {
  name: 'RateLimitExceeded',
  code: 'ERR_RATE_LIMITED',
  expose: true,
  message: once,
  description: once,
  retryAfter: 60,
  limit: once,
}

describe.each(VERSIONS)('refusals in $name', (version) => {
  test('a refusal goes up through the middleware of the app, and has headers', async () => {
    const { app, router } = setUp(version, { defaultLimits: [once], headers: 'legacy' })
    app.use(handlesErrors)
    router.get('/a', ok)
    const play = await served(app, router)
    await play.send('/a')
    const refused = await play.send('/a')
    expect([refused.status, headerOf(refused, 'Retry-After'), headerOf(refused, 'X-RateLimit-Remaining')]).toEqual([
      429,
      '60',
      '0',
    ])
    expect(JSON.parse(refused.body)).toEqual(seen)
  })

  test('refusals of a middleware, of check() and of unmatched requests go up there, or not at all', async () => {
    const { app, router, limiter } = setUp(version, { unmatchedLimits: [once] })
    const block = limiter.limit(once)
    app.use(handlesErrors)
    router.use('/use', limiter.limit(once))
    router.get('/use', ok)
    router.get('/check', async (ctx) => {
      await block.check(ctx)
      ctx.body = 'ok'
    })
    const play = await served(app, router)
    for (const path of ['/use', '/check']) {
      await play.expect(path, 'ok')
      expect(JSON.parse((await play.send(path)).body)).toEqual(seen)
    }
    // Nobody has thrown: it is the answer itself that is replaced.
    await play.expect('/none', [404, once])
  })

  test('whoever answers a refusal, deductWhen is not asked about it', async () => {
    const { app, router, limiter } = setUp(version, { defaultLimits: [once] })
    const asked: number[] = []
    app.use(handlesErrors)
    app.use(limiter.limit('5 per 1 minute', { deductWhen: ({ status }) => asked.push(status) > 0 }))
    router.get('/a', ok)
    await (await served(app, router)).expect('/a', ['ok', 429])
    expect(asked).toEqual([200])
  })

  test('where nobody answers, headers of the app stay, and those of a body go', async () => {
    const { app, router } = setUp(version, { defaultLimits: [once] })
    app.use(async (ctx, next) => {
      ctx.set('Access-Control-Allow-Origin', '*')
      ctx.set('Content-Encoding', 'br')
      await next()
      ctx.remove('Content-Encoding')
    })
    router.get('/a', ok)
    const play = await served(app, router)
    await play.expect('/a', 'ok')
    const refused = await play.send('/a')
    const names = ['Access-Control-Allow-Origin', 'Content-Encoding', 'Content-Type', 'Content-Length']
    expect([refused.status, refused.body, ...names.map((name) => headerOf(refused, name))]).toEqual([
      429,
      once,
      '*',
      undefined,
      'text/plain; charset=utf-8',
      '14',
    ])
  })

  test('where the app has its own ctx.onerror, that answers, and headers follow', async () => {
    const { app, router } = setUp(version, {
      defaultLimits: [once],
      unmatchedLimits: [once],
      defaultLimitsDeductWhen: () => true,
      headers: 'legacy',
    })
    app.context.onerror = function answersAll(this: Context, error: Error | null) {
      if (error instanceof RateLimitExceeded) this.res.writeHead(error.status).end(`own: ${error.description}`)
    }
    router.get('/a', ok)
    const play = await served(app, router)
    await play.expect('/a', 'ok')
    await play.expect('/none', [404, `own: ${once}`])
    const refused = await play.send('/a')
    const names = ['Retry-After', 'X-RateLimit-Remaining']
    expect([refused.status, refused.body, ...names.map((name) => headerOf(refused, name))]).toEqual([
      429,
      `own: ${once}`,
      '60',
      '0',
    ])
  })

  test('those who listen to errors of the app hear of a refusal; Koa itself prints nothing', async () => {
    const { app, router } = setUp(version, { defaultLimits: [once] })
    const errors: unknown[] = []
    app.silent = false
    app.on('error', (error: unknown, ctx: Context) => errors.push(error, ctx.path))
    router.get('/a', ok)
    const play = await served(app, router)
    await play.expect('/a', ['ok', once])
    expect(errors).toEqual([expect.any(RateLimitExceeded), '/a'])
  })

  test('a refusal by check() that a handler lets through is answered like any other', async () => {
    const { app, router, limiter } = setUp(version, { headers: 'legacy' })
    const block = limiter.limit(once, { onBreach: () => ({ status: 418, body: 'no tea' }) })
    router.get('/a', (ctx) => {
      ctx.body = { a: 1 }
      void block.check(ctx)
    })
    const play = await served(app, router)
    expect(await play.header('/a', 'X-RateLimit-Remaining')).toBe('0')
    const refused = await play.send('/a')
    expect([refused.status, refused.body, headerOf(refused, 'X-RateLimit-Remaining')]).toEqual([418, 'no tea', '0'])
  })

  test('an answer of onBreach may have no body', async () => {
    const { app, router } = setUp(version, {
      defaultLimits: [once],
      onBreach: () => ({ status: 302, headers: { Location: '/slow' } }),
    })
    router.get('/a', ok)
    const play = await served(app, router)
    await play.expect('/a', 'ok')
    const refused = await play.send('/a')
    expect([refused.status, refused.body, headerOf(refused, 'Location')]).toEqual([302, '', '/slow'])
  })

  test('an answer of onBreach that cannot be sent is an error, not a pass', async () => {
    const { app, router } = setUp(version, { defaultLimits: [once], onBreach: () => ({ status: 42 }) })
    router.get('/a', ok)
    await (await served(app, router)).expect('/a', ['ok', 500])
  })
})
