/** Counted on the Redis at port REDIS_PORT, which is not part of the server's CPU time. */
import { fastifyApp, fastifyRateLimit } from '../fastify-app.mjs'
import { ONE, options, THREE } from '../limits.mjs'

export const TITLE = 'Fastify over Redis'

const PORT = Number(process.env.REDIS_PORT)

async function sluice(limits, client) {
  const { createLimiter, remoteAddress } = await import('sluice/fastify')
  // The peer waits for as long as it takes. On a busy machine that can be longer than the default.
  const storage = { storage: `redis://127.0.0.1:${PORT}`, storageOptions: { client }, storageTimeout: 10_000 }
  const limiter = createLimiter({ key: remoteAddress, ...options(limits, storage) })
  await limiter.ready()
  return fastifyApp((app) => {
    app.register(limiter.plugin)
  })
}

async function peer(limits) {
  const { Redis } = await import('ioredis')
  return fastifyRateLimit(limits, { redis: new Redis(PORT) })
}

const clients = 64

export const APPS = {
  none: { title: 'no limiter', clients, create: () => fastifyApp() },
  'sluice-1': { title: 'sluice, ioredis, one limit', clients, create: () => sluice(ONE, 'ioredis') },
  'sluice-3': { title: 'sluice, ioredis, three limits', clients, create: () => sluice(THREE, 'ioredis') },
  'sluice-3-redis': { title: 'sluice, redis, three limits', clients, create: () => sluice(THREE, 'redis') },
  'peer-1': { title: '@fastify/rate-limit, ioredis, one limit', clients, create: () => peer(ONE) },
}
