import { counting, ONE, options, SPENT, THREE } from '../limits.mjs'
import { usualApps } from '../usual-apps.mjs'

export const TITLE = 'Hono'

/** On Node, by @hono/node-server. */
async function create(prepare = () => undefined) {
  const { Hono } = await import('hono')
  const { createAdaptorServer } = await import('@hono/node-server')
  const app = new Hono()
  prepare(app)
  app.get('/', (c) => c.text('Hello World'))
  return createAdaptorServer({ fetch: app.fetch })
}

async function sluice(limits, others) {
  const { createLimiter, remoteAddress } = await import('sluice/hono')
  return create((app) => {
    createLimiter({ key: remoteAddress, ...options(limits, others) }).init(app)
  })
}

async function honoRateLimiter(limits, withHeaders) {
  const { rateLimiter } = await import('hono-rate-limiter')
  const keyGenerator = (c) => c.env.incoming.socket.remoteAddress
  return create((app) => {
    for (const { amount, windowMs } of limits) {
      app.use(rateLimiter({ limit: amount, windowMs, keyGenerator, standardHeaders: withHeaders && 'draft-6' }))
    }
  })
}

/** Headers are set on Node's own response, which costs less than on Hono's. */
function hook(limits, headers) {
  const count = counting(limits)
  return create((app) => {
    app.use((c, next) => {
      const { incoming, outgoing } = c.env
      const now = Date.now()
      const client = count(incoming.socket.remoteAddress, now)
      if (headers !== undefined) headers((name, value) => outgoing.setHeader(name, value), client, now)
      return client.isRefused ? c.text('Too Many Requests', 429) : next()
    })
  })
}

export const APPS = {
  ...usualApps({ create, hook, sluice }),
  'peer-1': { title: 'hono-rate-limiter, one limit', create: () => honoRateLimiter(ONE, false) },
  'peer-3': { title: 'hono-rate-limiter, three limits, 4 headers', create: () => honoRateLimiter(THREE, true) },
  'peer-refusing': { title: 'hono-rate-limiter, refusing', refuses: true, create: () => honoRateLimiter(SPENT, false) },
}
