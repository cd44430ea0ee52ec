import { EventEmitter, once as emitted } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Context, Hono } from 'hono'
import { stream } from 'hono/streaming'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { HonoLimiterOptions } from '../../../src/adapters/hono/index.ts'
import { headerOf } from '../../../src/testing/adapter-contract/stage.ts'
import { MoodyStorage } from '../../../src/testing/adapter-contract/storages.ts'
import { type Answer, testAnswers } from '../answers.ts'
import { type Log, ok, once, served, setUp, silenceConsole } from './playground.ts'
import { listenerOf, type Version, VERSIONS } from './versions.ts'

const LEFT = 'X-RateLimit-Remaining'

type Handler = (context: Context) => Response | Promise<Response>

/** Ways in which a handler can answer, with the body that comes of it, and the status if that is not 200. */
const ANSWERS: readonly Answer<Handler>[] = [
  ['text', 'text', (context) => context.text('text')],
  ['an object', '{"a":1}', (context) => context.json({ a: 1 })],
  ['a response', 'text', () => new Response('text')],
  ['a response of fetch()', 'hello', async () => fetch('data:text/plain,hello')],
  [
    'a stream',
    'one two',
    (context) => stream(context, async (out) => void (await out.write('one '), await out.write('two'))),
  ],
  ['a redirect', '', (context) => context.redirect('/b'), 302],
  ['a redirect that cannot be changed', '', () => Response.redirect('http://localhost/b', 303), 303],
  ['a status', '', (context) => context.body(null, 204), 204],
]

function build(version: Version, answer: Handler, options: Partial<HonoLimiterOptions> = {}, log: Log = []): Hono {
  const { app } = setUp(version, { defaultLimits: ['5 per minute'], headers: 'legacy', ...options }, log)
  return app.get('/a', (context) => answer(context))
}

describe.each(VERSIONS)('answers of $name', (version) => {
  testAnswers(
    ANSWERS,
    async (answer, options) => served(build(version, answer, options)),
    ({ status }: Response) => status,
  )

  for (const [name, body, answer, status = 200] of ANSWERS) {
    test(`by ${name} have the headers where there is no Node`, async () => {
      const reply = await build(version, answer, { key: () => 'all' }).request('/a')
      expect([reply.status, reply.headers.get(LEFT), await reply.text()]).toEqual([status, '4', body])
    })
  }

  test('that a handler sends past Hono have the headers', async () => {
    const answer: Handler = (context) => {
      const { outgoing } = context.env as { outgoing: { writeHead(...args: unknown[]): { end(body: string): void } } }
      outgoing.writeHead(201, 'Made', { 'X-Own': 'yes' }).end('raw')
      return new Response(null, { headers: { 'x-hono-already-sent': 'true' } })
    }
    const reply = await (await served(build(version, answer))).send('/a')
    expect([reply.status, reply.body, headerOf(reply, 'X-Own'), headerOf(reply, LEFT)]).toEqual([
      201,
      'raw',
      'yes',
      '4',
    ])
  })

  test('that a middleware changes afterwards are told of, and seen by deductWhen, if it comes after the limiter', async () => {
    const { app } = setUp(version, { defaultLimits: [once], defaultLimitsDeductWhen: ({ status }) => status === 418 })
    app.use(async (context, next) => {
      await next()
      context.res = new Response('changed', { status: 418 })
    })
    app.get('/a', ok)
    await (await served(app)).expect('/a', [418, 429])
  })

  test('are not read any further where their charge fails', async () => {
    silenceConsole()
    const storage = new MoodyStorage()
    let cancelled = false
    const answer: Handler = () => {
      storage.mood = 'fails'
      return new Response(new ReadableStream({ cancel: () => void (cancelled = true) }))
    }
    const play = await served(
      build(version, answer, { defaultLimitsDeductWhen: () => true, onStorageError: 'refuse', storage }),
    )
    await play.expect('/a', 503)
    expect(cancelled).toBe(true)
  })

  test('that nobody waits for any more are charged by their status', async () => {
    const charged: number[] = []
    const events = new EventEmitter()
    const [asked, gone, settled] = ['asked', 'gone', 'settled'].map(async (name) => emitted(events, name))
    const answer: Handler = async (context) => {
      events.emit('asked')
      await gone
      return context.text('too late', 202)
    }
    const deductWhen: HonoLimiterOptions['defaultLimitsDeductWhen'] = ({ status }) => {
      charged.push(status)
      events.emit('settled')
      return true
    }
    const app = build(version, answer, { defaultLimitsDeductWhen: deductWhen })
    const server = createServer(listenerOf(app)).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await emitted(server, 'listening')
    server.on('connection', (socket) => void socket.once('close', () => events.emit('gone')))
    const call = request({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', path: '/a', agent: false })
    call.on('error', () => undefined).end()
    await asked
    call.destroy()
    await settled
    expect(charged).toEqual([202])
  })
})
