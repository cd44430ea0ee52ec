import type { Express, RequestHandler, Response } from 'express'
import { describe, expect, test } from 'vitest'
import type { ExpressLimiter, ExpressLimiterOptions } from '../../../src/adapters/express/index.ts'
import { MoodyStorage } from '../../../src/testing/adapter-contract/storages.ts'
import { headerOf, type TestApp } from '../../../src/testing/adapter-contract/stage.ts'
import { limiterWith, ok, once, served, twice } from './playground.ts'
import { VERSIONS } from './versions.ts'

/** Rewrites bodies as the package compression does: it says so in the head, and sends the body in its own time. */
const shouting: RequestHandler = (_request, response, next) => {
  const { writeHead, end } = response
  let shouts = false
  response.writeHead = function writeShoutingHead(this: Response, ...args: unknown[]) {
    this.setHeader('Content-Encoding', 'shouting')
    this.removeHeader('Content-Length')
    shouts = true
    return Reflect.apply(writeHead, this, args) as Response
  }
  response.end = function endShouting(this: Response, body?: unknown) {
    if (!this.headersSent) this.writeHead(this.statusCode)
    setImmediate(() => Reflect.apply(end, this, [shouts ? String(body).toUpperCase() : body]))
    return this
  }
  next()
}

async function tellsEncoding(play: TestApp, path: string): Promise<unknown[]> {
  const response = await play.send(path)
  return [response.status, response.body, headerOf(response, 'Content-Encoding')]
}

describe.each(VERSIONS)('unmatched requests of $name', ({ express }) => {
  function build(options: Partial<ExpressLimiterOptions> = {}): { app: Express; limiter: ExpressLimiter } {
    const app = express()
    return { app, limiter: limiterWith({ unmatchedLimits: [once], ...options }).init(app) }
  }

  test.each(['now', 'later'] as const)(
    'answered by a last middleware of the app are limited, by a storage that answers %s',
    async (mood) => {
      const { app } = build({ storage: new MoodyStorage(mood) })
      app.get('/a', ok)
      app.use((_request, response) => void response.status(404).json({ error: 'nothing here' }))
      const play = await served(app)
      const first = await play.send('/none')
      expect([first.status, first.body]).toEqual([404, '{"error":"nothing here"}'])
      await play.expect('/other', once)
      await play.expect('/a', 'ok')
    },
  )

  test('answered piece by piece are limited', async () => {
    const { app } = build()
    app.use((_request, response) => {
      response.status(404)
      response.write('nothing ')
      response.end('here')
    })
    const play = await served(app)
    expect((await play.send('/none')).body).toBe('nothing here')
    await play.expect('/none', once)
  })

  test('answered with a trailer are limited', async () => {
    const { app } = build()
    app.use((_request, response) => {
      response.status(404).set('Trailer', 'X-Sum')
      response.write('nothing')
      response.addTrailers({ 'X-Sum': '1' })
      response.end()
    })
    await (await served(app)).expect('/none', [404, once])
  })

  test('answered by writeHead are limited', async () => {
    const { app } = build()
    app.use((_request, response) => void response.writeHead(404, { 'X-Own': 'yes' }).end('nothing'))
    const play = await served(app)
    expect(headerOf(await play.send('/none'), 'X-Own')).toBe('yes')
    await play.expect('/none', once)
  })

  test('answered by 405 are limited, by any other status not', async () => {
    const { app } = build()
    app.use('/405', (_request, response) => void response.status(405).end())
    app.use('/files', (_request, response) => void response.send('file'))
    app.use('/500', (_request, response) => void response.status(500).end())
    const play = await served(app)
    await play.expect('/files/x', ['file', 'file'])
    await play.expect('/500', [500, 500])
    await play.expect('/405', [405, 429])
  })

  test('answered by a middleware that asks for the head once more, because it sees none, break nothing', async () => {
    const { app } = build({ storage: new MoodyStorage('later') })
    app.use((_request, response, next) => {
      const { end } = response
      response.end = function endWithHead(this: Response, ...args: unknown[]) {
        for (let time = 0; time < 2; time += 1) if (!this.headersSent) this.writeHead(this.statusCode)
        return Reflect.apply(end, this, args) as Response
      }
      next()
    })
    await (await served(app)).expect('/none', [404, once])
  })

  test('whose head cannot be sent, once it is known that it may be, are an error of the app', async () => {
    const { app } = build({ storage: new MoodyStorage('later') })
    app.use((_request, response) => void response.writeHead(404, { 'not a name': 'x' }).end())
    const play = await served(app)
    await play.expect('/none', [500, once])
  })

  test.each(['now', 'later'] as const)(
    'and refused requests go through what rewrites bodies, where that has not begun, by a storage that answers %s',
    async (mood) => {
      const { app } = build({ defaultLimits: [once], storage: new MoodyStorage(mood) })
      app.use(shouting)
      app.get('/a', ok)
      const play = await served(app)
      expect(await tellsEncoding(play, '/a')).toEqual([200, 'OK', 'shouting'])
      expect(await tellsEncoding(play, '/a')).toEqual([429, once.toUpperCase(), 'shouting'])
      expect(await tellsEncoding(play, '/none')).toEqual([404, expect.stringMatching(/CANNOT GET/), 'shouting'])
      expect(await tellsEncoding(play, '/none')).toEqual([429, once, undefined])
    },
  )

  test.each([true, false])(
    'refused twice while a middleware keeps the answer back are answered once (restores: %s)',
    async (restores) => {
      const app = express()
      app.use((_request, response, next) => {
        const { end } = response
        response.end = function endLater(this: Response, ...args: unknown[]) {
          if (restores) this.end = end
          setImmediate(() => Reflect.apply(restores ? this.end : end, this, args) as unknown)
          return this
        }
        next()
      })
      const limiter = limiterWith({ unmatchedLimits: [once] }).init(app)
      const limits = [limiter.limit(once), limiter.limit('1 per hour')]
      app.get('/a', (request, response, next) => {
        for (const limit of limits) Promise.resolve(limit.check(request)).then(() => response.end('ok'), next)
      })
      const play = await served(app)
      await play.send('/a')
      await play.expect('/a', [once, once])
    },
  )

  test('are limited in mounted routers and apps too, and each limiter counts its own', async () => {
    const { app } = build({ unmatchedLimits: [twice] })
    const mounted = express()
    limiterWith({ keyPrefix: 'inner', unmatchedLimits: [once] }).init(mounted)
    mounted.get('/x', ok)
    mounted.use((_request, response) => void response.status(404).send('nothing'))
    app.use('/m', mounted)
    const play = await served(app)
    await play.expect('/m/none', [404, once])
    await play.expect('/none', twice)
  })

  test('are refused before anything of the other answer is sent', async () => {
    const { app } = build()
    app.use((_request, response) => void response.status(404).set('X-Own', 'yes').type('html').send('<p>nothing</p>'))
    const play = await served(app)
    await play.send('/none')
    const refused = await play.send('/none')
    expect([
      refused.status,
      refused.body,
      headerOf(refused, 'Content-Type'),
      headerOf(refused, 'Content-Length'),
      headerOf(refused, 'Retry-After'),
    ]).toEqual([429, once, 'text/plain; charset=utf-8', '14', '60'])
  })

  test('have headers where these are on', async () => {
    const { app } = build({ headers: 'legacy' })
    app.get('/a', ok)
    const play = await served(app)
    expect(await play.header('/none', 'X-RateLimit-Remaining')).toBe('0')
    expect(await play.header('/a', 'X-RateLimit-Remaining')).toBeUndefined()
  })

  test('that HEAD asks for are refused without a body', async () => {
    const { app } = build()
    app.get('/a', ok)
    const play = await served(app)
    await play.expect('/none', 404)
    const refused = await play.send('HEAD /none')
    expect([refused.status, refused.body]).toEqual([429, ''])
  })

  test('follow onStorageError', async () => {
    for (const [onStorageError, status] of [
      ['raise', 500],
      ['allow', 404],
      ['refuse', 503],
      ['fallback', 404],
    ] as const) {
      for (const mood of ['fails', 'hangs'] as const) {
        const { app } = build({ storage: new MoodyStorage(mood), storageTimeout: 1, onStorageError })
        await (await served(app)).expect('/none', status)
      }
    }
  })

  test('follow onCallbackError', async () => {
    const key = () => {
      throw new Error('boom')
    }
    await (await served(build({ key }).app)).expect('/none', 500)
    await (await served(build({ key, onCallbackError: 'allow' }).app)).expect('/none', [404, 404])
  })

  test('are told to onBreach, which may answer', async () => {
    const { app } = build({ onBreach: (limit) => ({ status: 418, body: limit.source }) })
    const play = await served(app)
    await play.expect('/none', 404)
    const refused = await play.send('/none')
    expect([refused.status, refused.body]).toEqual([418, 'unmatched'])
  })

  test('are not limited where the limiter is not enabled', async () => {
    await (await served(build({ enabled: false }).app)).expect('/none', [404, 404])
  })

  test('are forgotten by clear', async () => {
    const { app, limiter } = build()
    const play = await served(app)
    await play.expect('/none', [404, once])
    await limiter.clear({ key: '192.0.2.1' })
    await play.expect('/none', [404, once])
  })

  test('that an error handler answers by 404 are limited', async () => {
    const { app } = build()
    app.use((_request, _response, next) => next(Object.assign(new Error('nothing'), { status: 404 })))
    await (await served(app)).expect('/none', [404, once])
  })
})
