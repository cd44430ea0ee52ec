import { once } from 'node:events'
import { connect, createServer, type Http2Server } from 'node:http2'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import Router from '@koa/router'
import Fastify, { type FastifyInstance } from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { describe, expect, onTestFinished, test } from 'vitest'
import * as fastify from '../../src/adapters/fastify/index.ts'
import * as hono from '../../src/adapters/hono/index.ts'
import * as http from '../../src/adapters/http/index.ts'
import * as koa from '../../src/adapters/koa/index.ts'
import { MoodyStorage } from '../../src/testing/adapter-contract/storages.ts'

/** How a limit of two a minute stands before an app that answers "ok", and how a server of HTTP/2 is made of it. */
type Serve = (options: ReturnType<typeof optionsWith>) => Promise<Http2Server>

const FRAMEWORKS: Readonly<Record<string, Serve>> = {
  async Fastify(options) {
    const app = Fastify({ http2: true }) as unknown as FastifyInstance
    await app.register(fastify.createLimiter({ key: fastify.remoteAddress, ...options }).plugin)
    app.get('/', (_request, reply) => void reply.send('ok'))
    await app.ready()
    return app.server as unknown as Http2Server
  },
  async Koa(options) {
    const [app, router] = [new Koa(), new Router()]
    koa.createLimiter({ key: koa.remoteAddress, ...options }).init(app)
    router.get('/', (ctx) => void (ctx.body = 'ok'))
    return createServer(app.use(router.routes()).callback() as never)
  },
  async Hono(options) {
    const app = new Hono()
    hono.createLimiter({ key: hono.remoteAddress, ...options }).init(app)
    app.get('/', (context) => context.text('ok'))
    return createAdaptorServer({ fetch: app.fetch, createServer }) as Http2Server
  },
  async 'node:http'(options) {
    const limiter = http.createLimiter({ key: http.remoteAddress, ...options })
    const listener: RequestListener = limiter.handler({ endpoint: 'GET /' }, (_request, response) => response.end('ok'))
    return createServer(listener as never)
  },
}

function optionsWith(others: { defaultLimitsDeductWhen?: () => boolean } = {}) {
  return { defaultLimits: ['2/minute'], headers: 'legacy', storage: new MoodyStorage('later'), ...others } as const
}

/** Asks again and again for `/`; answers each status, body, and what is left. */
async function ask(server: Http2Server, times: number): Promise<string[]> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  onTestFinished(() => {
    session.destroy()
    server.close()
  })
  const answers: string[] = []
  for (let i = 0; i < times; i += 1) {
    const stream = session.request({ ':path': '/' })
    const [headers] = (await once(stream, 'response')) as [Readonly<Record<string, unknown>>]
    const body = (await stream.setEncoding('utf8').toArray()).join('')
    answers.push(`${String(headers[':status'])} ${body}: ${String(headers['x-ratelimit-remaining'])} left`)
  }
  return answers
}

describe.each(Object.entries(FRAMEWORKS))('over HTTP/2, %s', (_name, serve) => {
  test('tells what is left, and refuses', async () => {
    expect(await ask(await serve(optionsWith()), 3)).toEqual([
      '200 ok: 1 left',
      '200 ok: 0 left',
      '429 2 per 1 minute: 0 left',
    ])
  })

  test('charges after the response what deductWhen says', async () => {
    const answers = await ask(await serve(optionsWith({ defaultLimitsDeductWhen: () => true })), 3)
    expect(answers).toEqual(['200 ok: 1 left', '200 ok: 0 left', '429 2 per 1 minute: 0 left'])
  })
})
