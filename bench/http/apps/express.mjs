import { createServer } from 'node:http'
import { counting, legacyHeaders, lowerCaseHeaders, ONE, options, SPENT, THREE } from '../limits.mjs'

export const TITLE = 'Express'

async function hello(...middleware) {
  const { default: express } = await import('express')
  const app = express()
  for (const each of middleware) app.use(each)
  return app.get('/', (_request, response) => {
    response.send('Hello World')
  })
}

async function sluice(limits, others) {
  const { createLimiter, remoteAddress } = await import('sluice/express')
  const app = await hello()
  createLimiter({ key: remoteAddress, ...options(limits, others) }).init(app)
  return createServer(app)
}

async function expressRateLimit(limits, withHeaders) {
  const { rateLimit } = await import('express-rate-limit')
  const limiters = limits.map(({ amount, windowMs }) =>
    rateLimit({ limit: amount, windowMs, legacyHeaders: withHeaders, standardHeaders: false }),
  )
  return createServer(await hello(...limiters))
}

/** As its documentation has it, with a union where there are several limits. */
async function rateLimiterFlexible(limits, withHeaders) {
  const { RateLimiterMemory, RateLimiterUnion } = (await import('rate-limiter-flexible')).default
  const limiters = limits.map(
    ({ amount, windowMs }, i) =>
      new RateLimiterMemory({ keyPrefix: `limit${i}`, points: amount, duration: windowMs / 1000 }),
  )
  const limiter = limiters.length === 1 ? limiters[0] : new RateLimiterUnion(...limiters)
  const limit = (request, response, next) => {
    limiter.consume(request.ip).then(
      (result) => {
        if (withHeaders) {
          const { remainingPoints, msBeforeNext } = result.limit0 ?? result
          response.setHeader('X-RateLimit-Limit', limits[0].amount)
          response.setHeader('X-RateLimit-Remaining', remainingPoints)
          response.setHeader('X-RateLimit-Reset', Math.ceil((Date.now() + msBeforeNext) / 1000))
        }
        next()
      },
      () => response.status(429).send('Too Many Requests'),
    )
  }
  return createServer(await hello(limit))
}

/** Around the one method that runs a route: a middleware more would cost more than counting. */
async function hook(limits, headers) {
  const app = await hello()
  const layers = Object.getPrototypeOf(app.router.stack[0])
  const original = layers.handleRequest
  const count = counting(limits)
  layers.handleRequest = function handleRequest(request, response, next) {
    if (this.route === undefined) return original.call(this, request, response, next)
    const now = Date.now()
    const client = count(request.socket.remoteAddress, now)
    if (headers !== undefined) headers((name, value) => response.setHeader(name, value), client, now)
    if (client.isRefused) return response.status(429).send('Too Many Requests')
    return original.call(this, request, response, next)
  }
  return createServer(app)
}

export const APPS = {
  none: { title: 'no limiter', create: async () => createServer(await hello()) },
  'hook-1': { title: 'by hand, one counter', create: () => hook(ONE) },
  'hook-3': { title: 'by hand, three counters, 4 headers', create: () => hook(THREE, legacyHeaders) },
  'hook-3-lower': {
    title: 'by hand, three counters, 4 headers in lower case',
    create: () => hook(THREE, lowerCaseHeaders),
  },
  'hook-refusing': { title: 'by hand, refusing', refuses: true, create: () => hook(SPENT) },
  'sluice-1': { title: 'sluice, one limit', create: () => sluice(ONE) },
  'sluice-3': { title: 'sluice, three limits, 4 headers', create: () => sluice(THREE, { headers: 'legacy' }) },
  'sluice-3-clients': {
    title: 'sluice, three limits, 4 headers, 64 clients',
    clients: 64,
    create: () => sluice(THREE, { headers: 'legacy' }),
  },
  'sluice-refusing': { title: 'sluice, refusing', refuses: true, create: () => sluice(SPENT) },
  'erl-1': { title: 'express-rate-limit, one limit', create: () => expressRateLimit(ONE, false) },
  'erl-3': { title: 'express-rate-limit, three limits, 3 headers', create: () => expressRateLimit(THREE, true) },
  'erl-refusing': {
    title: 'express-rate-limit, refusing',
    refuses: true,
    create: () => expressRateLimit(SPENT, false),
  },
  'rlf-1': { title: 'rate-limiter-flexible, one limit', create: () => rateLimiterFlexible(ONE, false) },
  'rlf-3': { title: 'rate-limiter-flexible, three limits, 3 headers', create: () => rateLimiterFlexible(THREE, true) },
  'rlf-refusing': {
    title: 'rate-limiter-flexible, refusing',
    refuses: true,
    create: () => rateLimiterFlexible(SPENT, false),
  },
}
