import { createServer } from 'node:http'
import { counting, legacyHeaders, ONE, options, SPENT, THREE } from '../limits.mjs'

export const TITLE = 'Koa'

async function create(prepare = () => undefined) {
  const { default: Koa } = await import('koa')
  const { default: Router } = await import('@koa/router')
  const app = new Koa()
  const router = new Router()
  router.get('/', (ctx) => {
    ctx.body = 'Hello World'
  })
  prepare(app)
  app.use(router.routes())
  return createServer(app.callback())
}

async function sluice(limits, others) {
  const { createLimiter, remoteAddress } = await import('sluice/koa')
  return create((app) => {
    createLimiter({ key: remoteAddress, ...options(limits, others) }).init(app)
  })
}

async function koaRatelimit(limits, withHeaders) {
  const { default: ratelimit } = await import('koa-ratelimit')
  return create((app) => {
    for (const { amount, windowMs } of limits) {
      const db = new Map()
      app.use(ratelimit({ driver: 'memory', db, max: amount, duration: windowMs, disableHeader: !withHeaders }))
    }
  })
}

function hook(limits, headers) {
  const count = counting(limits)
  return create((app) => {
    app.use((ctx, next) => {
      const now = Date.now()
      const client = count(ctx.req.socket.remoteAddress, now)
      if (headers !== undefined) headers((name, value) => ctx.res.setHeader(name, value), client, now)
      if (!client.isRefused) return next()
      ctx.status = 429
      ctx.body = 'Too Many Requests'
    })
  })
}

export const APPS = {
  none: { title: 'no limiter', create: () => create() },
  'hook-1': { title: 'by hand, one counter', create: () => hook(ONE) },
  'hook-3': { title: 'by hand, three counters, 4 headers', create: () => hook(THREE, legacyHeaders) },
  'hook-refusing': { title: 'by hand, refusing', refuses: true, create: () => hook(SPENT) },
  'sluice-1': { title: 'sluice, one limit', create: () => sluice(ONE) },
  'sluice-3': { title: 'sluice, three limits, 4 headers', create: () => sluice(THREE, { headers: 'legacy' }) },
  'sluice-refusing': { title: 'sluice, refusing', refuses: true, create: () => sluice(SPENT) },
  'peer-1': { title: 'koa-ratelimit, one limit', create: () => koaRatelimit(ONE, false) },
  'peer-3': { title: 'koa-ratelimit, three limits, 3 headers', create: () => koaRatelimit(THREE, true) },
  'peer-refusing': { title: 'koa-ratelimit, refusing', refuses: true, create: () => koaRatelimit(SPENT, false) },
}
