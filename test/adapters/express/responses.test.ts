import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { RequestHandler, Response } from 'express'
import { describe, expect, test } from 'vitest'
import type { ExpressLimiterOptions } from '../../../src/adapters/express/index.ts'
import { MoodyStorage } from '../../../src/testing/adapter-contract/storages.ts'
import { headerOf, type TestApp } from '../../../src/testing/adapter-contract/stage.ts'
import { type Answer, expectHeadersOn, type Open, testAnswers } from '../answers.ts'
import { NODE_ANSWERS } from '../node-answers.ts'
import { limiterWith, ok, once, served } from './playground.ts'
import { VERSIONS } from './versions.ts'

const FILE = fileURLToPath(import.meta.url)

type Handler = (response: Response) => unknown

/** Every way in which a handler can answer, with the body that comes of it. */
const ANSWERS: readonly Answer<Handler>[] = [
  ['send', 'text', (response) => void response.send('text')],
  ['json', '{"a":1}', (response) => void response.json({ a: 1 })],
  ...NODE_ANSWERS,
  ['sendFile', readFileSync(FILE, 'utf8'), (response) => response.sendFile(FILE)],
]

describe.each(VERSIONS)('answers of $name', ({ express }) => {
  async function open(
    handler: RequestHandler,
    options: Partial<ExpressLimiterOptions> = {},
    ...before: RequestHandler[]
  ): Promise<TestApp> {
    const app = express()
    limiterWith({ defaultLimits: ['5 per minute'], headers: 'legacy', ...options }).init(app)
    for (const middleware of before) app.use(middleware)
    app.get('/a', handler)
    return served(app)
  }

  const answering: Open<Handler, Response> = async (answer, options) =>
    open((_request, response) => void answer(response), options)

  testAnswers(ANSWERS, answering, ({ statusCode }) => statusCode)

  test('a redirect, a status without body and an empty answer have the headers', async () => {
    const answers: readonly (readonly [number, Handler])[] = [
      [302, (response) => response.redirect('/b')],
      [204, (response) => response.sendStatus(204)],
      [200, (response) => response.end()],
      [304, (response) => response.status(304).end()],
    ]
    await expectHeadersOn(answers, answering)
  })

  test('deductWhen sees the status that writeHead is given', async () => {
    const seen: number[] = []
    const handler: RequestHandler = (_request, response) => void response.writeHead(418).end()
    const play = await open(handler, { defaultLimitsDeductWhen: ({ statusCode }) => seen.push(statusCode) > 0 })
    await play.expect('/a', 418)
    expect(seen).toEqual([418])
  })

  test('a header of the same name that the handler gives to writeHead is there once', async () => {
    const handler: RequestHandler = (_request, response) =>
      void response.writeHead(200, { 'X-RateLimit-Limit': 'mine' }).end()
    expect(await (await open(handler)).header('/a', 'X-RateLimit-Limit')).toBe('mine')
  })

  test('a middleware that wraps the methods of the response before or after goes on working', async () => {
    const shouting: RequestHandler = (_request, response, next) => {
      const { write, end } = response
      const loud = (chunk: string) => (typeof chunk === 'string' ? chunk.toUpperCase() : chunk)
      response.write = ((chunk: string, ...rest: [never]) =>
        write.call(response, loud(chunk), ...rest)) as Response['write']
      response.end = ((chunk: string, ...rest: [never]) => {
        response.setHeader('X-Wrapped', 'yes')
        return end.call(response, loud(chunk), ...rest)
      }) as Response['end']
      next()
    }
    for (const mood of ['now', 'later'] as const) {
      const options = { defaultLimitsDeductWhen: () => true, storage: new MoodyStorage(mood) }
      const early = await (await open((_request, response) => void response.end('text'), options, shouting)).send('/a')
      expect([headerOf(early, 'X-Wrapped'), headerOf(early, 'X-RateLimit-Remaining'), early.body]).toEqual([
        'yes',
        '4',
        'TEXT',
      ])
      const app = express()
      limiterWith({
        defaultLimits: ['5 per minute'],
        headers: 'legacy',
        ...options,
        storage: new MoodyStorage(mood),
      }).init(app)
      app.get('/a', shouting, (_request, response) => void response.end('text'))
      const late = await (await served(app)).send('/a')
      expect([headerOf(late, 'X-Wrapped'), headerOf(late, 'X-RateLimit-Remaining'), late.body]).toEqual([
        'yes',
        '4',
        'TEXT',
      ])
    }
  })

  test('a middleware that adds headers when the head is sent goes on working', async () => {
    const timed: RequestHandler = (_request, response, next) => {
      const { writeHead } = response
      response.writeHead = ((...args: Parameters<Response['writeHead']>) => {
        response.setHeader('X-Time', '5')
        return writeHead.apply(response, args)
      }) as Response['writeHead']
      next()
    }
    const reply = await (await open(ok, { defaultLimitsDeductWhen: () => true }, timed)).send('/a')
    expect([headerOf(reply, 'X-Time'), headerOf(reply, 'X-RateLimit-Remaining')]).toEqual(['5', '4'])
  })

  test('headers that helmet or cors set before stay, also on a refusal; those of the body go', async () => {
    const before: RequestHandler = (_request, response, next) => {
      response.set({
        'Content-Security-Policy': "default-src 'self'",
        'Access-Control-Allow-Origin': '*',
        'Content-Encoding': 'br',
        ETag: '"1"',
      })
      next()
    }
    const app = express()
    limiterWith({ defaultLimits: [once] }).init(app)
    app.use(before)
    app.get('/a', (_request, response) => {
      response.removeHeader('Content-Encoding')
      response.send('ok')
    })
    const play = await served(app)
    await play.send('/a')
    const refused = await play.send('/a')
    const names = ['Content-Security-Policy', 'Access-Control-Allow-Origin', 'Content-Encoding', 'ETag']
    expect([refused.status, ...names.map((name) => headerOf(refused, name))]).toEqual([
      429,
      "default-src 'self'",
      '*',
      undefined,
      undefined,
    ])
  })

  test('what is written after the end of a refused answer does no harm', async () => {
    const app = express()
    const limiter = limiterWith().init(app)
    const block = limiter.limit(once)
    app.get('/a', async (request, response, next) => {
      try {
        await block.check(request)
        response.send('ok')
      } catch (error) {
        next(error)
      }
    })
    await (await served(app)).expect('/a', ['ok', once])
  })

  test('a refusal by check() while the answer streams ends it, and nothing breaks', async () => {
    const app = express()
    const limiter = limiterWith().init(app)
    const block = limiter.limit(once)
    app.get('/a', (request, response, next) => {
      response.write('one ')
      try {
        void block.check(request)
        response.end('two')
      } catch (error) {
        next(error)
      }
    })
    app.get('/b', ok)
    const play = await served(app)
    await play.expect('/a', 'one two')
    await expect(play.send('/a')).rejects.toThrow()
    await play.expect('/b', 'ok')
  })
})
