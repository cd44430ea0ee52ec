import { createReadStream, type ReadStream, readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Context, Response } from 'koa'
import { describe, expect, test } from 'vitest'
import type { KoaLimiterOptions } from '../../../src/adapters/koa/index.ts'
import { headerOf, type TestApp } from '../../../src/testing/adapter-contract/stage.ts'
import { MoodyStorage } from '../../../src/testing/adapter-contract/storages.ts'
import { type Answer, expectHeadersOn, testAnswers } from '../answers.ts'
import { type Log, once, served, setUp } from './playground.ts'
import { VERSIONS } from './versions.ts'

const FILE = fileURLToPath(import.meta.url)

type Handler = (ctx: Context) => unknown

/** Ways in which a handler can answer, with the body that comes of it. */
const ANSWERS: readonly Answer<Handler>[] = [
  ['text', 'text', (ctx) => void (ctx.body = 'text')],
  ['an object', '{"a":1}', (ctx) => void (ctx.body = { a: 1 })],
  ['a buffer', 'text', (ctx) => void (ctx.body = Buffer.from('text'))],
  ['a file', readFileSync(FILE, 'utf8'), (ctx) => void (ctx.body = createReadStream(FILE))],
  ['a stream', 'one two', (ctx) => void (ctx.body = Readable.from(['one ', 'two']))],
  ['a status', 'OK', (ctx) => void (ctx.status = 200)],
]

describe.each(VERSIONS)('answers of $name', (version) => {
  async function open(answer: Handler, options: Partial<KoaLimiterOptions> = {}, log: Log = []): Promise<TestApp> {
    const { app, router } = setUp(version, { defaultLimits: ['5 per minute'], headers: 'legacy', ...options }, log)
    router.get('/a', async (ctx) => void (await answer(ctx)))
    return served(app, router)
  }

  testAnswers(ANSWERS, open, ({ status }: Response) => status)

  test('a redirect and a status without body have the headers', async () => {
    const answers: readonly (readonly [number, Handler])[] = [
      [302, (ctx) => ctx.redirect('/b')],
      [204, (ctx) => void (ctx.body = null)],
      [304, (ctx) => void (ctx.status = 304)],
    ]
    await expectHeadersOn(answers, open)
  })

  test('an answer past Koa that comes later has the headers, and is charged', async () => {
    const answer: Handler = (ctx) => {
      ctx.respond = false
      setImmediate(() => ctx.res.writeHead(201).end('raw'))
    }
    const options = {
      defaultLimits: [once],
      defaultLimitsDeductWhen: ({ status }: { status: number }) => status === 201,
    }
    for (const mood of ['now', 'later'] as const) {
      const play = await open(answer, { ...options, storage: new MoodyStorage(mood) })
      const reply = await play.send('/a')
      expect([reply.status, reply.body, headerOf(reply, 'X-RateLimit-Remaining')]).toEqual([201, 'raw', '0'])
      await play.expect('/a', 429)
    }
  })

  test('an answer past Koa that was sent at once is charged, too late for headers; a failure is logged', async () => {
    const log: Log = []
    const storage = new MoodyStorage()
    const answer: Handler = (ctx) => {
      ctx.respond = false
      if (ctx.query['fail']) storage.mood = 'fails'
      ctx.res.writeHead(201).end('raw')
    }
    const play = await open(
      answer,
      { defaultLimits: ['2 per minute'], defaultLimitsDeductWhen: () => true, storage },
      log,
    )
    await play.expect('/a', 201)
    await play.expect('/a?fail=1', 201)
    storage.mood = 'now'
    await play.expect('/a', 201)
    await play.expect('/a', 429)
    expect(log).toEqual(['error deduct-failed-swallowed'])
  })

  test('a stream that is not sent because its late charge failed is closed', async () => {
    const storage = new MoodyStorage()
    let stream: ReadStream | undefined
    const answer: Handler = (ctx) => {
      storage.mood = 'fails'
      ctx.body = stream = createReadStream(FILE)
    }
    const play = await open(answer, { defaultLimitsDeductWhen: () => true, storage })
    await play.expect('/a', 500)
    await new Promise(setImmediate)
    expect(stream?.destroyed).toBe(true)
  })

  test('a middleware that changes the answer afterwards is seen by deductWhen', async () => {
    const { app, router } = setUp(version, {
      defaultLimits: [once],
      defaultLimitsDeductWhen: ({ status }) => status === 418,
    })
    app.use(async (ctx, next) => {
      await next()
      ctx.status = 418
    })
    router.get('/a', (ctx) => void (ctx.body = 'ok'))
    await (await served(app, router)).expect('/a', [418, 429])
  })
})
