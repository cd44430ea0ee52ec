/**
 * What decides: ours and the peers'. Each is made of an amount and a window, and is a function that counts one request of a key.
 * Each is loaded in a process of its own. `waits`: it answers a promise, which is awaited as its users have to. `keeps`: it
 * never gives expired keys back.
 */
export const SUBJECTS = {
  nothing: { title: '(no store at all)', create: () => () => undefined },
  map: { title: 'bare Map counter', keeps: true, create: bareMap },
  'fixed-window': { title: 'sluice evaluate, fixed-window', create: evaluating('fixed-window') },
  elastic: { title: 'sluice evaluate, fixed-window-elastic-expiry', create: evaluating('fixed-window-elastic-expiry') },
  'moving-window': { title: 'sluice evaluate, moving-window', create: evaluating('moving-window') },
  sliding: { title: 'sluice evaluate, sliding-window-counter', create: evaluating('sliding-window-counter') },
  'token-bucket': { title: 'sluice evaluate, token-bucket', create: evaluating('token-bucket') },
  'limiter-1': { title: 'sluice whole limiter, one limit', create: deciding(1) },
  'limiter-3': { title: 'sluice whole limiter, three limits', create: deciding(3) },
  'express-rate-limit': { title: 'express-rate-limit, MemoryStore', waits: true, create: expressRateLimit },
  'rate-limiter-flexible': { title: 'rate-limiter-flexible, memory', waits: true, create: rateLimiterFlexible },
  fastify: { title: '@fastify/rate-limit, LocalStore', keeps: true, create: fastify },
  hono: { title: 'hono-rate-limiter, MemoryStore', create: hono },
  nestjs: { title: '@nestjs/throttler, storage', waits: true, create: nestjs },
}

function bareMap(amount, windowMs) {
  const entries = new Map()
  return (key) => {
    const now = Date.now()
    const entry = entries.get(key)
    if (entry === undefined || entry.end <= now) {
      entries.set(key, { count: 1, end: now + windowMs })
      return true
    }
    if (entry.count >= amount) return false
    entry.count += 1
    return true
  }
}

function evaluating(strategy) {
  return async (amount, windowMs) => {
    const { memoryStorage } = await import('../dist/storage/memory/memory-storage.js')
    const { parseLimits } = await import('../dist/limit/parse-limits.js')
    const storage = memoryStorage({ maxKeys: 2_000_000 })
    const [limit] = parseLimits(notation(amount, windowMs))
    return (key) => storage.evaluate([{ key, limit, strategy, cost: 1, role: 'limit' }])
  }
}

/** Everything but the framework: from the request to the outcome. */
function deciding(count) {
  return async (amount, windowMs) => {
    const { createLimiter } = await import('../dist/adapters/express/index.js')
    const limiter = createLimiter({
      key: (request) => request.key,
      defaultLimits: Array.from({ length: count }, (_, i) => notation((i + 1) * amount, (i + 1) * windowMs)),
      storage: 'memory://',
      storageOptions: { maxKeys: 4_000_000 },
    })
    const endpoint = limiter.compile({ name: 'GET /', rules: [], exemption: undefined, groups: [] })
    return (key) => limiter.engine.decide({ key }, 'GET', endpoint)
  }
}

function notation(amount, windowMs) {
  return `${amount} per ${windowMs / 1000} seconds`
}

async function expressRateLimit(_amount, windowMs) {
  const { MemoryStore } = await import('express-rate-limit')
  const store = new MemoryStore()
  store.init({ windowMs })
  return (key) => store.increment(key)
}

async function rateLimiterFlexible(amount, windowMs) {
  const { RateLimiterMemory } = (await import('rate-limiter-flexible')).default
  const limiter = new RateLimiterMemory({ points: amount, duration: windowMs / 1000 })
  const refused = () => false
  return (key) => limiter.consume(key).catch(refused)
}

async function fastify(amount, windowMs) {
  const { default: LocalStore } = await import('@fastify/rate-limit/store/LocalStore.js')
  // Beyond 5000 keys it forgets those unused longest unless it is told otherwise; that is all that it ever forgets.
  const store = new LocalStore(false, false, 2_000_000)
  const done = () => undefined
  return (key) => store.incr(key, done, windowMs, amount)
}

async function hono(_amount, windowMs) {
  const { MemoryStore } = await import('hono-rate-limiter')
  const store = new MemoryStore()
  store.init({ windowMs })
  return (key) => store.increment(key)
}

async function nestjs(amount, windowMs) {
  await import('reflect-metadata')
  const { ThrottlerStorageService } = (await import('@nestjs/throttler')).default
  const storage = new ThrottlerStorageService()
  // It looks for expired keys once a minute; here as often as the other stores do.
  storage.sweepIntervalMs = Math.min(60_000, windowMs)
  return (key) => storage.increment(key, windowMs, amount, 0, 'default')
}
