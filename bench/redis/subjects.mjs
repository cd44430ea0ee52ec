import { createHash } from 'node:crypto'

/**
 * What decides over Redis: ours and the peers'. Each is made of a port, a database of that server, a client library, and the limits
 * as amounts and windows in ms, and is a function that counts one request of a key, with every limit. It answers a promise, or the
 * answer itself. `onlyRefused`: differs from another one in refusals alone.
 */
export const SUBJECTS = {
  sluice: { title: 'sluice', isOurs: true, clients: ['ioredis', 'redis'], create: sluice({}) },
  'sluice-asking': {
    title: 'sluice, refusalMemory: false',
    isOurs: true,
    clients: ['ioredis', 'redis'],
    onlyRefused: true,
    create: sluice({ refusalMemory: false }),
  },
  'rate-limiter-flexible': {
    title: 'rate-limiter-flexible',
    clients: ['ioredis', 'redis'],
    create: rateLimiterFlexible({}),
  },
  'rate-limiter-flexible-memo': {
    title: 'rate-limiter-flexible, inMemoryBlockOnConsumed',
    clients: ['ioredis'],
    onlyRefused: true,
    create: rateLimiterFlexible({ memo: true }),
  },
  'express-rate-limit': {
    title: 'express-rate-limit, rate-limit-redis',
    clients: ['ioredis', 'redis'],
    create: expressRateLimit,
  },
  fastify: { title: '@fastify/rate-limit, RedisStore', clients: ['ioredis'], create: fastify },
  koa: { title: 'koa-ratelimit, async-ratelimiter', clients: ['ioredis'], create: koa },
  upstash: { title: '@upstash/ratelimit, its scripts', clients: ['ioredis'], create: upstash },
}

/** The whole limiter without a framework: from the request to the outcome. */
function sluice(options) {
  return async (port, db, client, limits) => {
    const { createLimiter } = await import('../../dist/adapters/express/index.js')
    const limiter = createLimiter({
      key: (request) => request.key,
      defaultLimits: limits.map(({ amount, windowMs }) => `${amount} per ${windowMs / 1000} seconds`),
      storage: `redis://127.0.0.1:${port}/${db}`,
      storageOptions: { client },
      // Peers wait for as long as it takes. On a busy machine that can be longer than the default.
      storageTimeout: 10_000,
      ...options,
    })
    await limiter.ready()
    const endpoint = limiter.compile({ name: 'GET /', rules: [], exemption: undefined, groups: [] })
    return (key) => limiter.engine.decide({ key }, 'GET', endpoint)
  }
}

async function connect(port, db, client) {
  if (client === 'ioredis') {
    const { Redis } = await import('ioredis')
    return new Redis({ port, db })
  }
  const { createClient } = await import('redis')
  return createClient({ url: `redis://127.0.0.1:${port}/${db}` }).connect()
}

/** One limiter after the other, as middlewares and guards are asked. */
async function inTurn(limiters, consume) {
  for (const limiter of limiters) if (!(await consume(limiter))) return false
  return true
}

function rateLimiterFlexible({ memo = false }) {
  return async (port, db, client, limits) => {
    const { RateLimiterRedis } = await import('rate-limiter-flexible')
    const storeClient = await connect(port, db, client)
    const limiters = limits.map(
      ({ amount, windowMs }, i) =>
        new RateLimiterRedis({
          storeClient,
          useRedisPackage: client === 'redis',
          points: amount,
          duration: windowMs / 1000,
          keyPrefix: `rlf${i}`,
          ...(memo && { inMemoryBlockOnConsumed: amount }),
        }),
    )
    return (key) =>
      inTurn(limiters, (limiter) =>
        limiter.consume(key).then(
          () => true,
          (reason) => {
            if (reason instanceof Error) throw reason
            return false
          },
        ),
      )
  }
}

async function expressRateLimit(port, db, client, limits) {
  const { RedisStore } = await import('rate-limit-redis')
  const redis = await connect(port, db, client)
  const sendCommand = client === 'ioredis' ? (...args) => redis.call(...args) : (...args) => redis.sendCommand(args)
  const stores = limits.map(({ amount }, i) => ({ amount, store: new RedisStore({ sendCommand, prefix: `erl${i}:` }) }))
  for (const [i, { store }] of stores.entries()) await store.init({ windowMs: limits[i].windowMs })
  return (key) => inTurn(stores, async ({ store, amount }) => (await store.increment(key)).totalHits <= amount)
}

async function fastify(port, db, client, limits) {
  const { default: RedisStore } = await import('@fastify/rate-limit/store/RedisStore.js')
  const redis = await connect(port, db, client)
  const stores = limits.map((limit, i) => ({ ...limit, store: new RedisStore(false, false, redis, `fastify${i}-`) }))
  const increment = ({ store, amount, windowMs }, key) =>
    new Promise((resolve, reject) => {
      store.incr(
        key,
        (error, { current } = {}) => (error ? reject(error) : resolve(current <= amount)),
        windowMs,
        amount,
      )
    })
  return (key) => inTurn(stores, (store) => increment(store, key))
}

async function koa(port, db, client, limits) {
  const { default: Limiter } = await import('async-ratelimiter')
  const redis = await connect(port, db, client)
  const limiters = limits.map(
    ({ amount, windowMs }, i) => new Limiter({ db: redis, namespace: `koa${i}`, max: amount, duration: windowMs }),
  )
  return (id) => inTurn(limiters, async (limiter) => (await limiter.get({ id })).remaining > 0)
}

async function upstash(port, db, client, limits) {
  const { Ratelimit } = await import('@upstash/ratelimit')
  const redis = await connect(port, db, client)
  const hash = (text) => createHash('sha1').update(text).digest('hex')
  const known = new Map()
  // Its scripts begin with a flag that only its own servers know.
  const adapter = {
    async evalsha(sha, keys, args) {
      if (!known.has(sha)) throw new Error('NOSCRIPT')
      return redis.evalsha(known.get(sha), keys.length, ...keys, ...args)
    },
    eval(script, keys, args) {
      const plain = script.replace(/^#!.*\n/, '')
      known.set(hash(script), hash(plain))
      return redis.eval(plain, keys.length, ...keys, ...args)
    },
  }
  const limiters = limits.map(
    ({ amount, windowMs }, i) =>
      new Ratelimit({
        redis: adapter,
        limiter: Ratelimit.fixedWindow(amount, `${windowMs} ms`),
        prefix: `upstash${i}`,
        timeout: 0,
      }),
  )
  return (key) => inTurn(limiters, async (limiter) => (await limiter.limit(key)).success)
}
