import type { Express } from 'express'
import { describe, expect, test } from 'vitest'
import type { ExpressLimiter, ExpressLimiterOptions } from '../../../src/adapters/express/index.ts'
import { MoodyStorage } from '../../../src/testing/adapter-contract/storages.ts'
import { headerOf } from '../../../src/testing/adapter-contract/stage.ts'
import { limiterWith, ok, once, served, twice } from './playground.ts'
import { VERSIONS } from './versions.ts'

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
