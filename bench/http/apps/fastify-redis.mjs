/** Counted on the Redis at port REDIS_PORT, which is not part of the server's CPU time. */
import { ONE, options, THREE } from '../limits.mjs'

export const TITLE = 'Fastify over Redis'

const PORT = Number(process.env.REDIS_PORT)

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

async function sluice(limits, client) {
  const { createLimiter, remoteAddress } = await import('sluice/fastify')
  // The peer waits for as long as it takes. On a busy machine that can be longer than the default.
  const storage = { storage: `redis://127.0.0.1:${PORT}`, storageOptions: { client }, storageTimeout: 10_000 }
  const limiter = createLimiter({ key: remoteAddress, ...options(limits, storage) })
  await limiter.ready()
  return create((app) => {
    app.register(limiter.plugin)
  })
}

/** Has one limit a route. */
async function fastifyRateLimit([{ amount, windowMs }]) {
  const { default: rateLimit } = await import('@fastify/rate-limit')
  const { Redis } = await import('ioredis')
  const names = ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset', 'retry-after']
  const none = Object.fromEntries(names.map((name) => [name, false]))
  const headers = { addHeaders: none, addHeadersOnExceeding: none }
  const limit = { max: amount, timeWindow: windowMs, redis: new Redis(PORT) }
  return create(async (app) => {
    await app.register(rateLimit, { ...limit, ...headers })
  })
}

const clients = 64

export const APPS = {
  none: { title: 'no limiter', clients, create: () => create() },
  'sluice-1': { title: 'sluice, ioredis, one limit', clients, create: () => sluice(ONE, 'ioredis') },
  'sluice-3': { title: 'sluice, ioredis, three limits', clients, create: () => sluice(THREE, 'ioredis') },
  'sluice-3-redis': { title: 'sluice, redis, three limits', clients, create: () => sluice(THREE, 'redis') },
  'peer-1': { title: '@fastify/rate-limit, ioredis, one limit', clients, create: () => fastifyRateLimit(ONE) },
}
