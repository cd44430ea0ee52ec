import { createReadStream, type ReadStream, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { FastifyReply, RouteHandlerMethod } from 'fastify'
import { describe, expect, test } from 'vitest'
import type { FastifyLimiterOptions } from '../../../src/adapters/fastify/index.ts'
import { headerOf, type TestApp } from '../../../src/testing/adapter-contract/stage.ts'
import { MoodyStorage } from '../../../src/testing/adapter-contract/storages.ts'
import { type Answer, expectHeadersOn, testAnswers } from '../answers.ts'
import { limiterWith, type Log, once, served } from './playground.ts'
import { VERSIONS } from './versions.ts'

const FILE = fileURLToPath(import.meta.url)

/** Ways in which a handler can answer, with the body that comes of it. */
const ANSWERS: readonly Answer<RouteHandlerMethod>[] = [
  ['returning text', 'text', async () => 'text'],
  ['returning an object', '{"a":1}', async () => ({ a: 1 })],
  ['reply.send', 'text', (_request, reply) => void reply.send('text')],
  ['reply.send later', 'text', (_request, reply) => void setImmediate(() => reply.send('text'))],
  ['a buffer', 'text', async () => Buffer.from('text')],
  [
    'a stream',
    readFileSync(FILE, 'utf8'),
    async (_request, reply) => reply.type('text/plain').send(createReadStream(FILE)),
  ],
  ['nothing', '', (_request, reply) => void reply.send()],
]

describe.each(VERSIONS)('answers of $name', ({ fastify }) => {
  async function open(
    handler: RouteHandlerMethod,
    options: Partial<FastifyLimiterOptions> = {},
    log: Log = [],
  ): Promise<TestApp> {
    const app = fastify()
    app.register(limiterWith({ defaultLimits: ['5 per minute'], headers: 'legacy', ...options }, log).plugin)
    app.get('/a', handler)
    return served(app)
  }

  testAnswers(ANSWERS, open, ({ statusCode }: FastifyReply) => statusCode)

  test('a redirect, a status without body and what a hook answers have the headers', async () => {
    const answers: readonly (readonly [number, RouteHandlerMethod])[] = [
      [302, (_request, reply) => void reply.header('Location', '/b').code(302).send()],
      [204, (_request, reply) => void reply.code(204).send()],
      [304, (_request, reply) => void reply.code(304).send()],
      [404, (_request, reply) => reply.callNotFound()],
    ]
    await expectHeadersOn(answers, open)
  })

  test('an answer past Fastify is charged by its status, too late for headers', async () => {
    const log: Log = []
    const storage = new MoodyStorage('later')
    const handler: RouteHandlerMethod = (_request, reply) => {
      reply.hijack()
      reply.raw.writeHead(201).end('raw')
    }
    const play = await open(
      handler,
      { defaultLimits: [once], defaultLimitsDeductWhen: (reply) => reply.raw.statusCode === 201, storage },
      log,
    )
    const reply = await play.send('/a')
    expect([reply.status, reply.body, headerOf(reply, 'X-RateLimit-Remaining')]).toEqual([201, 'raw', undefined])
    await play.expect('/a', 429)
    expect(log).toEqual([])
  })

  test('a late charge for an answer past Fastify that fails is logged', async () => {
    const log: Log = []
    const storage = new MoodyStorage()
    const handler: RouteHandlerMethod = (_request, reply) => {
      storage.mood = 'fails'
      reply.hijack()
      reply.raw.end('raw')
    }
    const play = await open(handler, { defaultLimitsDeductWhen: () => true, storage }, log)
    await play.expect('/a', 'raw')
    expect(log).toEqual(['error deduct-failed-swallowed'])
  })

  test('a stream that is not sent because its late charge failed is closed', async () => {
    const storage = new MoodyStorage()
    let stream: ReadStream | undefined
    const handler: RouteHandlerMethod = (_request, reply) => {
      storage.mood = 'fails'
      stream = createReadStream(FILE)
      reply.send(stream)
    }
    const play = await open(handler, { defaultLimitsDeductWhen: () => true, storage })
    await play.expect('/a', 500)
    expect(stream?.destroyed).toBe(true)
  })

  test('an onSend hook of the app may change the body, before and after', async () => {
    const app = fastify()
    const shout = async (_request: unknown, reply: FastifyReply, payload: unknown) => {
      reply.removeHeader('content-length')
      return `${payload as string}!`
    }
    app.addHook('onSend', shout)
    app.register(limiterWith({ defaultLimits: [once], headers: 'legacy' }).plugin)
    app.after(() => app.addHook('onSend', shout))
    app.get('/a', async () => 'ok')
    const play = await served(app)
    const reply = await play.send('/a')
    expect([reply.body, headerOf(reply, 'X-RateLimit-Remaining')]).toEqual(['ok!!', '0'])
    await play.expect('/a', `${once}!!`)
  })

  test('headers of the app stay on a refusal', async () => {
    const app = fastify()
    app.addHook('onRequest', (_request, reply, done) => {
      reply.header('Access-Control-Allow-Origin', '*')
      done()
    })
    app.register(limiterWith({ defaultLimits: [once] }).plugin)
    app.get('/a', async () => 'ok')
    const play = await served(app)
    await play.expect('/a', 'ok')
    const refused = await play.send('/a')
    expect([refused.status, headerOf(refused, 'Access-Control-Allow-Origin')]).toEqual([429, '*'])
  })
})
