/** What the apps are limited by, the same in every framework, and how one would count it by hand. */

export const HOUR = 3_600_000
export const PLENTY = 1_000_000_000

export const ONE = [{ amount: PLENTY, windowMs: HOUR }]
export const THREE = [
  ...ONE,
  { amount: 10 * PLENTY, windowMs: 24 * HOUR },
  { amount: 20 * PLENTY, windowMs: 48 * HOUR },
]
/** Spent by the first request. */
export const SPENT = [{ amount: 1, windowMs: HOUR }]

/** As options of a limiter of ours. */
export function options(limits, others = {}) {
  const defaultLimits = limits.map(({ amount, windowMs }) => `${amount} per ${windowMs / HOUR} hour`)
  return { defaultLimits, storage: 'memory://', ...others }
}

/** The cheapest way to count that we know: no options, no expiry, no answers but whether, and the counter of the first limit. */
export function counting(limits) {
  const clients = new Map()
  return function count(address, now) {
    let client = clients.get(address)
    if (client === undefined) {
      client = { counters: limits.map(() => ({ count: 0, end: 0 })), isRefused: false }
      clients.set(address, client)
    }
    client.isRefused = false
    for (let i = 0; i < limits.length; i++) {
      const counter = client.counters[i]
      if (counter.end <= now) {
        counter.count = 0
        counter.end = now + limits[i].windowMs
      }
      counter.count += 1
      if (counter.count > limits[i].amount) client.isRefused = true
    }
    return client
  }
}

/** The four headers of `headers: 'legacy'`, spelled as they are there. */
export function legacyHeaders(set, { counters: [{ count, end }] }, now) {
  set('X-RateLimit-Limit', String(PLENTY))
  set('X-RateLimit-Remaining', String(PLENTY - count))
  set('X-RateLimit-Reset', String(Math.ceil(end / 1000)))
  set('Retry-After', String(Math.ceil((end - now) / 1000)))
}

/** The same in lower case, which is what some frameworks make of names on each call. */
export function lowerCaseHeaders(set, { counters: [{ count, end }] }, now) {
  set('x-ratelimit-limit', String(PLENTY))
  set('x-ratelimit-remaining', String(PLENTY - count))
  set('x-ratelimit-reset', String(Math.ceil(end / 1000)))
  set('retry-after', String(Math.ceil((end - now) / 1000)))
}
