import { counting, lowerCaseHeaders, ONE, options, SPENT, THREE } from '../limits.mjs'

export const TITLE = 'Fastify'

/** An app, before its route: where a hook or a plugin is registered. */
async function create(prepare = async () => undefined) {
  const { default: Fastify } = await import('fastify')
  const app = Fastify()
  await prepare(app)
  app.get('/', (_request, reply) => {
    reply.send('Hello World')
  })
  await app.ready()
  return app.server
}

async function sluice(limits, others) {
  const { createLimiter, remoteAddress } = await import('sluice/fastify')
  return create((app) => {
    app.register(createLimiter({ key: remoteAddress, ...options(limits, others) }).plugin)
  })
}

/** Has one limit a route. */
async function fastifyRateLimit([{ amount, windowMs }], withHeaders) {
  const { default: rateLimit } = await import('@fastify/rate-limit')
  const names = ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset', 'retry-after']
  const bare = Object.fromEntries(names.map((name) => [name, false]))
  const headers = withHeaders ? {} : { addHeaders: bare, addHeadersOnExceeding: bare }
  return create(async (app) => {
    await app.register(rateLimit, { max: amount, timeWindow: windowMs, ...headers })
  })
}

function hook(limits, headers) {
  const count = counting(limits)
  return create((app) => {
    app.addHook('onRequest', (request, reply, done) => {
      const now = Date.now()
      const client = count(request.ip, now)
      if (headers !== undefined) headers((name, value) => reply.header(name, value), client, now)
      if (client.isRefused) reply.code(429).send('Too Many Requests')
      else done()
    })
  })
}

export const APPS = {
  none: { title: 'no limiter', create: () => create() },
  'hook-1': { title: 'by hand, one counter', create: () => hook(ONE) },
  'hook-3': { title: 'by hand, three counters, 4 headers', create: () => hook(THREE, lowerCaseHeaders) },
  'hook-refusing': { title: 'by hand, refusing', refuses: true, create: () => hook(SPENT) },
  'sluice-1': { title: 'sluice, one limit', create: () => sluice(ONE) },
  'sluice-3': { title: 'sluice, three limits, 4 headers', create: () => sluice(THREE, { headers: 'legacy' }) },
  'sluice-refusing': { title: 'sluice, refusing', refuses: true, create: () => sluice(SPENT) },
  'peer-1': { title: '@fastify/rate-limit, one limit', create: () => fastifyRateLimit(ONE, false) },
  'peer-headers': { title: '@fastify/rate-limit, one limit, 3 headers', create: () => fastifyRateLimit(ONE, true) },
  'peer-refusing': {
    title: '@fastify/rate-limit, refusing',
    refuses: true,
    create: () => fastifyRateLimit(SPENT, false),
  },
}
