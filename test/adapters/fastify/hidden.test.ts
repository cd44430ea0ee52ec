import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { FastifyInstance, onRequestHookHandler, RouteOptions } from 'fastify'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { stillAndQuiet } from '../playground.ts'
import { limiterWith, type Log, ok, once, served, twice } from './playground.ts'
import { VERSIONS } from './versions.ts'

/** A function around another one, as tools that trace requests put it there. */
function around(inner: onRequestHookHandler): onRequestHookHandler {
  return function traced(request, reply, done) {
    inner.call(this, request, reply, done)
  }
}

/** Puts functions around the hooks of an app and of its routes, as @fastify/otel does. */
function trace(app: FastifyInstance): void {
  const addHook = app.addHook as (this: FastifyInstance, ...args: unknown[]) => FastifyInstance
  app.addHook('onRoute', (options: RouteOptions) => {
    if (options.onRequest) options.onRequest = [options.onRequest].flat().map(around)
  })
  app.addHook = function tracedAddHook(this: FastifyInstance, name: string, hook: onRequestHookHandler) {
    return addHook.call(this, name, name === 'onRequest' ? around(hook) : hook)
  } as FastifyInstance['addHook']
}

describe.each(VERSIONS)('functions around those of the limiter in $name', ({ fastify }) => {
  test('that a tool puts there which was there first hide nothing', async () => {
    const traceNew = (message: unknown): void => trace((message as { fastify: FastifyInstance }).fastify)
    subscribe('fastify.initialization', traceNew)
    onTestFinished(() => void unsubscribe('fastify.initialization', traceNew))
    vi.resetModules()
    const { createLimiter, remoteAddress } = await import('../../../src/adapters/fastify/index.ts')
    const log: Log = []
    const limiter = createLimiter({ key: remoteAddress, defaultLimits: [once], ...stillAndQuiet(log) })
    const app = fastify()
    app.register(limiter.plugin)
    app.get('/own', { onRequest: limiter.limit(twice) }, ok)
    app.get('/free', { onRequest: [limiter.exempt()] }, ok)
    app.register(
      async (api) => {
        api.addHook('onRequest', limiter.limit(twice))
        for (const path of ['/a', '/b', '/c']) api.get(path, ok)
      },
      { prefix: '/api' },
    )
    const play = await served(app)
    await play.expect('/own', 'ok')
    await play.expect('HEAD /own', 200)
    await play.expect('/own', twice)
    await play.expect('/free', ['ok', 'ok'])
    await play.expect('/api/a', 'ok')
    await play.expect('/api/b', 'ok')
    await play.expect('/api/c', twice)
    expect(log).toEqual([])
  })

  test('and hide a limit let it count on top of the defaults, and a warning says so once', async () => {
    const log: Log = []
    const limiter = limiterWith({ defaultLimits: [twice] }, log)
    const app = fastify()
    app.register(limiter.plugin)
    for (const path of ['/a', '/b']) app.get(path, { onRequest: around(limiter.limit('9 per hour')) }, ok)
    const play = await served(app)
    await play.expect('/a', ['ok', 'ok', twice])
    await play.expect('/b', ['ok', 'ok', twice])
    expect(log).toEqual(['warn WARN_HIDDEN_LIMIT'])
  })

  test('of the app itself have one counter for a limit, whatever routes they run in, and whatever runs elsewhere', async () => {
    const limiter = limiterWith()
    const limit = limiter.limit(once)
    const app = fastify()
    app.register(limiter.plugin)
    app.setNotFoundHandler({ preHandler: limit }, ok)
    app.register(
      async (api) => {
        api.addHook('onRequest', limit)
        api.get('/a', ok)
        api.get('/b', ok)
      },
      { prefix: '/api' },
    )
    app.register(async (own) => {
      own.addHook('onRequest', around(limiter.limit('2 per hour')))
      own.get('/c', ok)
      own.get('/d', ok)
    })
    const play = await served(app)
    await play.expect('/none', ['ok', once])
    await play.expect('/api/a', 'ok')
    await play.expect('/api/b', once)
    await play.expect('/c', ['ok', 'ok'])
    await play.expect('/d', '2 per 1 hour')
  })

  test('do nothing where the limiter is not enabled', async () => {
    const limiter = limiterWith({ enabled: false })
    const app = fastify()
    app.register(limiter.plugin)
    app.get('/a', { onRequest: [around(limiter.exempt()), around(limiter.limit(once))] }, ok)
    await (await served(app)).expect('/a', ['ok', 'ok'])
  })

  test('and hide an exemption are an error that says so', async () => {
    const limiter = limiterWith()
    const app = fastify()
    app.register(limiter.plugin)
    app.get('/a', { onRequest: around(limiter.exempt()) }, ok)
    const { status, body } = await (await served(app)).send('/a')
    expect(status).toBe(500)
    expect(body).toContain('limiter.exempt() runs in a route that does not show it')
  })
})
