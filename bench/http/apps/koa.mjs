import { createServer } from 'node:http'
import { counting, ONE, options, SPENT, THREE } from '../limits.mjs'
import { usualApps } from '../usual-apps.mjs'

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
  ...usualApps({ create, hook, sluice }),
  'peer-1': { title: 'koa-ratelimit, one limit', create: () => koaRatelimit(ONE, false) },
  'peer-3': { title: 'koa-ratelimit, three limits, 3 headers', create: () => koaRatelimit(THREE, true) },
  'peer-refusing': { title: 'koa-ratelimit, refusing', refuses: true, create: () => koaRatelimit(SPENT, false) },
}
