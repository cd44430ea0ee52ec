import { readFileSync } from 'node:fs'
import type { OutgoingHttpHeaders } from 'node:http'
import { fileURLToPath } from 'node:url'
import type { RequestHandler, Response } from 'express'
import { describe, expect, test } from 'vitest'
import type { ExpressLimiterOptions } from '../../../src/adapters/express/index.ts'
import { MoodyStorage } from '../../../src/testing/adapter-contract/storages.ts'
import { headerOf, type TestApp } from '../../../src/testing/adapter-contract/stage.ts'
import { limiterWith, ok, served } from './playground.ts'
import { VERSIONS } from './versions.ts'

const once = '1 per 1 minute'
const FILE = fileURLToPath(import.meta.url)

/** Every way in which a handler can answer, with the body that comes of it. */
const ANSWERS: readonly (readonly [name: string, body: string, answer: (response: Response) => void])[] = [
  ['send', 'text', (response) => void response.send('text')],
  ['json', '{"a":1}', (response) => void response.json({ a: 1 })],
  ['end with a body', 'text', (response) => void response.end('text')],
  ['end with a callback', 'text', (response) => void response.end('text', () => undefined)],
  ['end with an encoding', 'text', (response) => void response.end('74657874', 'hex')],
  [
    'write and end',
    'one two',
    (response) => {
      response.write('one ')
      response.end('two')
    },
  ],
  [
    'write later',
    'one two',
    (response) => {
      response.write('one ')
      setImmediate(() => response.end('two'))
    },
  ],
  ['writeHead', 'text', (response) => void response.writeHead(200, { 'X-Own': 'yes' }).end('text')],
  [
    'writeHead with a reason',
    'text',
    (response) => void response.writeHead(200, 'Fine', { 'X-Own': 'yes' }).end('text'),
  ],
  [
    'writeHead with a list',
    'text',
    (response) => void response.writeHead(200, ['X-Own', 'yes'] as unknown as OutgoingHttpHeaders).end('text'),
  ],
  [
    'flushHeaders',
    'text',
    (response) => {
      response.flushHeaders()
      response.end('text')
    },
  ],
  ['sendFile', readFileSync(FILE, 'utf8'), (response) => response.sendFile(FILE)],
]

describe.each(VERSIONS)('answers of $name', ({ express }) => {
  async function open(
    handler: RequestHandler,
    options: Partial<ExpressLimiterOptions>,
    ...before: RequestHandler[]
  ): Promise<TestApp> {
    const app = express()
    limiterWith({ defaultLimits: ['5 per minute'], headers: 'legacy', ...options }).init(app)
    for (const middleware of before) app.use(middleware)
    app.get('/a', handler)
    return served(app)
  }

  describe.each(ANSWERS)('by %s', (_name, body, answer) => {
    const handler: RequestHandler = (_request, response) => answer(response)

    test('have the headers, and arrive whole', async () => {
      const reply = await (await open(handler, {})).send('/a')
      expect([reply.status, headerOf(reply, 'X-RateLimit-Remaining'), reply.body]).toEqual([200, '4', body])
    })

    test.each(['now', 'later'] as const)('are charged by deductWhen, by a storage that answers %s', async (mood) => {
      const play = await open(handler, {
        defaultLimitsDeductWhen: ({ statusCode }) => statusCode === 200,
        storage: new MoodyStorage(mood),
      })
      const reply = await play.send('/a')
      expect([reply.status, headerOf(reply, 'X-RateLimit-Remaining'), reply.body]).toEqual([200, '4', body])
      expect(await play.header('/a', 'X-RateLimit-Remaining')).toBe('3')
    })
  })

  test('a redirect, a status without body and an empty answer have the headers', async () => {
    for (const [status, handler] of [
      [302, (response: Response) => response.redirect('/b')],
      [204, (response: Response) => response.sendStatus(204)],
      [200, (response: Response) => response.end()],
      [304, (response: Response) => response.status(304).end()],
    ] as const) {
      const play = await open((_request, response) => void handler(response), {
        defaultLimitsDeductWhen: () => true,
        storage: new MoodyStorage('later'),
      })
      const reply = await play.send('/a')
      expect([reply.status, headerOf(reply, 'X-RateLimit-Remaining')]).toEqual([status, '4'])
    }
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
    expect(await (await open(handler, {})).header('/a', 'X-RateLimit-Limit')).toBe('mine')
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
