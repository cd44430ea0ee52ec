import type { RequestHandler } from 'express'
import { describe, expect, test } from 'vitest'
import { limiterWith, type Log, ok, once, served, twice } from './playground.ts'
import { VERSIONS } from './versions.ts'

/** A function around another one, as tools that trace requests put it there. */
const around =
  (inner: RequestHandler): RequestHandler =>
  (request, response, next) =>
    inner(request, response, next)

/** The same, with the name of what is inside. */
const namesake = (inner: RequestHandler): RequestHandler =>
  Object.defineProperty(around(inner), 'name', { value: inner.name })

describe.each(VERSIONS)('functions around those of the limiter in $name', ({ express }) => {
  test('that keep their names hide nothing', async () => {
    const log: Log = []
    const app = express()
    const limiter = limiterWith({ defaultLimits: [once] }, log).init(app)
    app.use('/standing', namesake(limiter.limit(once)))
    app.get('/own', namesake(limiter.limit(twice)), ok)
    app.get('/free', namesake(limiter.exempt()), ok)
    const play = await served(app)
    await play.expect('/own', ['ok', 'ok', twice])
    await play.expect('/free', ['ok', 'ok'])
    await play.expect('/standing', [404, once])
    expect(log).toEqual([])
  })

  test('and hide a limit let it count on top of the defaults, and a warning says so once', async () => {
    const log: Log = []
    const app = express()
    const limiter = limiterWith({ defaultLimits: [twice] }, log).init(app)
    app.get('/a', around(limiter.limit('9 per hour')), ok)
    await (await served(app)).expect('/a', ['ok', 'ok', twice])
    expect(log).toEqual(['warn WARN_HIDDEN_LIMIT'])
  })

  test('and hide an exemption are an error that says so', async () => {
    const app = express()
    const limiter = limiterWith().init(app)
    app.get('/a', around(limiter.exempt()), ok)
    const { status, body } = await (await served(app)).send('/a')
    expect(status).toBe(500)
    expect(body).toContain('limiter.exempt() runs in a route that does not show it')
  })

  test('do nothing where the limiter is not enabled', async () => {
    const app = express()
    const limiter = limiterWith({ enabled: false, defaultLimits: [once] }).init(app)
    app.get('/a', around(limiter.exempt()), around(limiter.limit(once)), ok)
    await (await served(app)).expect('/a', ['ok', 'ok'])
  })

  test('and a limit that lets everything pass in front of the routes leave nothing behind for those', async () => {
    const app = express()
    const limiter = limiterWith().init(app)
    const off = limiterWith({ enabled: false, keyPrefix: 'off' }).init(app)
    const standing = limiter.limit(once)
    const skipping: RequestHandler = (_request, _response, next) => next()
    app.use(off.limit(once), Object.assign(skipping, standing))
    const limit = limiter.limit(once)
    for (const path of ['/a', '/b']) app.get(path, limit, ok)
    const play = await served(app)
    for (const path of ['/a', '/b']) await play.expect(path, ['ok', once])
  })

  test('are not taken for in a route that has passed the request on', async () => {
    const log: Log = []
    const app = express()
    const limiter = limiterWith({}, log).init(app)
    app.use((_request, _response, next) => next())
    app.all(/.*/, (_request, _response, next) => next())
    app.use('/x', around(limiter.limit(once)), (_request, response) => void response.send('ok'))
    await (await served(app)).expect('/x', ['ok', once])
    expect(log).toEqual([])
  })
})
