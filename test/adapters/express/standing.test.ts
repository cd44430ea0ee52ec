import type { NextFunction, Request, RequestHandler, Response } from 'express'
import { describe, expect, test } from 'vitest'
import { limiterWith, ok, once, served, tells, twice } from './playground.ts'
import { VERSIONS } from './versions.ts'

const thrice = '3 per 1 minute'

const errorText = (error: Error, _request: Request, response: Response, _next: NextFunction): void => {
  response.status(500).send(error.message)
}

describe.each(VERSIONS)('limiter.limit() in app.use of $name', ({ express }) => {
  test('decides where it stands, for everything that passes it, matched or not', async () => {
    const app = express()
    const limiter = limiterWith({ defaultLimits: [thrice] }).init(app)
    app.get('/before', ok)
    app.use(limiter.limit(twice))
    app.get('/a', ok)
    app.use('/files', (_request, response) => void response.send('file'))
    const play = await served(app)
    await play.expect('/before', ['ok', 'ok', 'ok', thrice])
    await play.expect('/a', 'ok')
    await play.expect('/none', 404)
    await play.expect('/files/x', twice)
  })

  test('is counted by the pattern that it is mounted on', async () => {
    const app = express()
    const limiter = limiterWith().init(app)
    const limit = limiter.limit(once)
    app.use('/t/:tenant', limit)
    app.use('/u', limit)
    for (const path of ['/t/:tenant', '/u'])
      app.get(
        path,
        tells((request) => limiter.currentLimits(request).length),
      )
    const play = await served(app)
    await play.expect('/t/1', '1')
    await play.expect('/t/2', once)
    await play.expect('/u', ['1', once])
  })

  test('does not stand in for the limits of the route, and is told of with them', async () => {
    const app = express()
    const limiter = limiterWith({ defaultLimits: [twice], headers: 'standard' }).init(app)
    app.use(limiter.limit(thrice, { name: 'outer' }))
    app.get(
      '/a',
      tells((request) => limiter.currentLimits(request).map(({ limit }) => limit.text)),
    )
    const play = await served(app)
    expect(await play.header('/a', 'RateLimit')).toBe('"outer";r=2;t=60, "default-minute";r=1;t=60')
    await play.expect('/a', ['["3 per 1 minute","2 per 1 minute"]', twice, thrice])
  })

  test('before authentication counts what authentication refuses', async () => {
    const app = express()
    const limiter = limiterWith({ defaultLimits: [twice] }).init(app)
    app.use(limiter.limit(thrice))
    app.use((request, response, next) => (request.get('X-User') ? next() : void response.status(401).send('who?')))
    app.get('/a', ok)
    const play = await served(app)
    await play.expect('/a', [401, 401])
    await play.expect('/a', ['ok', thrice], { headers: { 'X-User': 'ann' } })
  })

  test('is counted once, however often a request meets it at one place', async () => {
    const app = express()
    const limiter = limiterWith().init(app)
    const limit = limiter.limit(twice)
    const router = express.Router()
    app.use(limit)
    app.use(limit, router)
    router.use(limit)
    router.get('/a', ok)
    await (await served(app)).expect('/a', ['ok', 'ok', twice])
  })

  test('that a handler of a route runs by hand is counted for that route', async () => {
    const app = express()
    const limiter = limiterWith({ defaultLimits: [thrice] }).init(app)
    const limit = limiter.limit(once)
    const guests: RequestHandler = (request, response, next) =>
      request.get('X-User') ? next() : limit(request, response, next)
    app.get('/a', guests, ok)
    app.get('/b', guests, ok)
    const play = await served(app)
    await play.expect('/a', ['ok', once])
    await play.expect('/b', ['ok', once])
    await play.expect('/b', ['ok', thrice], { headers: { 'X-User': 'ann' } })
  })

  test('of a router decides for what enters the router', async () => {
    const app = express()
    const limiter = limiterWith().init(app)
    const router = express.Router()
    router.use(limiter.limit(once))
    router.get('/x', ok)
    app.use('/r', router)
    app.get('/a', ok)
    const play = await served(app)
    await play.expect('/r/x', ['ok', once])
    await play.expect('/r/none', once)
    await play.expect('/a', ['ok', 'ok'])
  })

  test('beside a handler limits what is no route', async () => {
    const app = express()
    const limiter = limiterWith({ defaultLimits: [once] }).init(app)
    app.use('/files', limiter.limit(twice), (_request, response) => void response.send('file'))
    app.use('/free', (_request, response) => void response.send('file'))
    const play = await served(app)
    await play.expect('/files/x', ['file', 'file'])
    await play.expect('/files/y', twice)
    await play.expect('/free/x', ['file', 'file', 'file'])
  })

  test('may deduct by the response', async () => {
    const app = express()
    const limiter = limiterWith().init(app)
    app.use(limiter.limit(once, { deductWhen: ({ statusCode }) => statusCode === 401 }))
    app.use((request, response, next) => (request.get('X-User') ? next() : void response.status(401).send('who?')))
    app.get('/a', ok)
    const play = await served(app)
    const signedIn = { headers: { 'X-User': 'ann' } }
    await play.expect('/a', ['ok', 'ok'], signedIn)
    await play.expect('/a', [401, 429])
    await play.expect('/a', once, signedIn)
  })

  test('is subject to meta limits and filters', async () => {
    const app = express()
    const limiter = limiterWith({ metaLimits: ['1 per hour'] }).init(app)
    limiter.requestFilter((request) => request.get('X-Free') === 'yes')
    app.use(limiter.limit(once))
    app.get('/a', ok)
    const play = await served(app)
    await play.expect('/a', ['ok', once, '1 per 1 hour'])
    await play.expect('/a', 'ok', { headers: { 'X-Free': 'yes' } })
  })

  test('does nothing where the limiter is not enabled', async () => {
    const app = express()
    const limiter = limiterWith({ enabled: false }).init(app)
    app.use(limiter.limit(once))
    app.get('/a', ok)
    await (await served(app)).expect('/a', ['ok', 'ok'])
  })

  test('decides also with autoCheck false, for it was put there by hand', async () => {
    const app = express()
    const limiter = limiterWith({ autoCheck: false }).init(app)
    app.use(limiter.limit(once))
    app.get('/a', ok)
    await (await served(app)).expect('/a', ['ok', once])
  })

  test('is an error where the app has not met its limiter', async () => {
    const app = express()
    const limiter = limiterWith()
    app.get('/a', limiter.limit(once), ok)
    app.use(errorText)
    const { status, body } = await (await served(app)).send('/a')
    expect([status, body]).toEqual([
      500,
      'limiter.limit(…) runs in an app that its limiter does not know; call limiter.init(app)',
    ])
  })

  test('exempt() in app.use is an error that says what to write', async () => {
    const app = express()
    const limiter = limiterWith().init(app)
    app.use(limiter.exempt())
    app.get('/a', ok)
    app.use(errorText)
    const { status, body } = await (await served(app)).send('/a')
    expect([status, body]).toEqual([
      500,
      'limiter.exempt() exempts the route it is attached to; for a router write limiter.exempt(router)',
    ])
  })
})
