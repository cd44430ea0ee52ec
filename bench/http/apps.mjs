/**
 * One small Express app, limited in different ways, each in a process of its own. Nothing sends headers unless it says so, and
 * there is one client unless it says so.
 */
import express from 'express'

const HOUR = 3_600_000
const PLENTY = 1_000_000_000

function hello() {
  return express().get('/', (_request, response) => {
    response.send('Hello World')
  })
}

async function sluice(limits, options = {}) {
  const { createLimiter, remoteAddress } = await import('../../dist/adapters/express/index.js')
  const app = hello()
  createLimiter({ key: remoteAddress, defaultLimits: limits, storage: 'memory://', ...options }).init(app)
  return app
}

async function expressRateLimit(limits, options) {
  const { rateLimit } = await import('express-rate-limit')
  const app = express()
  for (const { amount, windowMs } of limits) app.use(rateLimit({ limit: amount, windowMs, ...options }))
  return app.use(hello())
}

/** As its documentation has it, with a union where there are several limits. */
async function rateLimiterFlexible(limits, withHeaders) {
  const { RateLimiterMemory, RateLimiterUnion } = (await import('rate-limiter-flexible')).default
  const limiters = limits.map(
    ({ amount, windowMs }, i) =>
      new RateLimiterMemory({ keyPrefix: `limit${i}`, points: amount, duration: windowMs / 1000 }),
  )
  const limiter = limiters.length === 1 ? limiters[0] : new RateLimiterUnion(...limiters)
  const app = express()
  app.use((request, response, next) => {
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
  })
  return app.use(hello())
}

/**
 * The cheapest limiter that we know how to write by hand for this one app: around the one method that runs a route, counters
 * by the socket's address, no options, no answers to anything else. `headers` makes names and values of the first counter.
 */
function hook(limits, headers) {
  const app = hello()
  const layers = Object.getPrototypeOf(app.router.stack[0])
  const original = layers.handleRequest
  const clients = new Map()
  layers.handleRequest = function handleRequest(request, response, next) {
    if (this.route === undefined) return original.call(this, request, response, next)
    const now = Date.now()
    const address = request.socket.remoteAddress
    let counters = clients.get(address)
    if (counters === undefined) clients.set(address, (counters = limits.map(() => ({ count: 0, end: 0 }))))
    let isRefused = false
    for (let i = 0; i < limits.length; i++) {
      const counter = counters[i]
      if (counter.end <= now) {
        counter.count = 0
        counter.end = now + limits[i].windowMs
      }
      counter.count += 1
      if (counter.count > limits[i].amount) isRefused = true
    }
    if (headers !== undefined) headers(response, counters[0], now)
    if (isRefused) return response.writeHead(429).end()
    return original.call(this, request, response, next)
  }
  return app
}

/** In lower case, which Node sends for half the price. */
function threeHeaders(response, { count, end }) {
  response.setHeader('x-ratelimit-limit', String(PLENTY))
  response.setHeader('x-ratelimit-remaining', String(PLENTY - count))
  response.setHeader('x-ratelimit-reset', String(Math.ceil(end / 1000)))
}

/** Spelled as `headers: 'legacy'` spells them. */
function legacyHeaders(response, { count, end }, now) {
  response.setHeader('X-RateLimit-Limit', String(PLENTY))
  response.setHeader('X-RateLimit-Remaining', String(PLENTY - count))
  response.setHeader('X-RateLimit-Reset', String(Math.ceil(end / 1000)))
  response.setHeader('Retry-After', String(Math.ceil((end - now) / 1000)))
}

const ONE = [{ amount: PLENTY, windowMs: HOUR }]
const THREE = [...ONE, { amount: 10 * PLENTY, windowMs: 24 * HOUR }, { amount: 20 * PLENTY, windowMs: 48 * HOUR }]
const SPENT = [{ amount: 1, windowMs: HOUR }]

const BARE = { legacyHeaders: false, standardHeaders: false }
const LEGACY = { legacyHeaders: true, standardHeaders: false }

const notations = (limits) => limits.map(({ amount, windowMs }) => `${amount} per ${windowMs / HOUR} hour`)

export const APPS = {
  none: { title: 'no limiter', create: hello },
  'hook-1': { title: 'hand-written hook, one counter', create: () => hook(ONE) },
  'hook-1-headers': { title: 'hand-written hook, one counter, 3 headers', create: () => hook(ONE, threeHeaders) },
  'hook-3-headers': { title: 'hand-written hook, three counters, 4 headers', create: () => hook(THREE, legacyHeaders) },
  'sluice-1': { title: 'sluice, one limit', create: () => sluice(notations(ONE)) },
  'sluice-3': {
    title: 'sluice, three limits, 4 headers',
    create: () => sluice(notations(THREE), { headers: 'legacy' }),
  },
  'sluice-3-clients': {
    title: 'sluice, three limits, 4 headers, 64 clients',
    clients: 64,
    create: () => sluice(notations(THREE), { headers: 'legacy' }),
  },
  'sluice-refusing': { title: 'sluice, refusing', refuses: true, create: () => sluice(notations(SPENT)) },
  'erl-1': { title: 'express-rate-limit, one limit', create: () => expressRateLimit(ONE, BARE) },
  'erl-3': { title: 'express-rate-limit, three limits, 3 headers', create: () => expressRateLimit(THREE, LEGACY) },
  'erl-refusing': { title: 'express-rate-limit, refusing', refuses: true, create: () => expressRateLimit(SPENT, BARE) },
  'rlf-1': { title: 'rate-limiter-flexible, one limit', create: () => rateLimiterFlexible(ONE, false) },
  'rlf-3': { title: 'rate-limiter-flexible, three limits, 3 headers', create: () => rateLimiterFlexible(THREE, true) },
  'rlf-refusing': {
    title: 'rate-limiter-flexible, refusing',
    refuses: true,
    create: () => rateLimiterFlexible(SPENT, false),
  },
}
