import { GRANULARITY_MS, type Granularity, type RateLimit } from '../../src/limit/rate-limit.ts'
import type { CurrentLimit, Decision } from '../../src/limiter/decision.ts'

/** The instant of every decision here, a quarter past a whole second as in the recorded corpus: 2023-11-14T22:13:20.250Z. */
export const NOW = 1_700_000_000_250

export function limitOf(amount: number, granularity: Granularity = 'minute', multiples = 1): RateLimit {
  const windowMs = multiples * GRANULARITY_MS[granularity]
  return { amount, multiples, granularity, windowMs, text: `${amount} per ${multiples} ${granularity}` }
}

/** 10 per minute, of which 4 are left, made at NOW. */
export function currentLimit(fields: Partial<CurrentLimit> = {}): CurrentLimit {
  return {
    limit: limitOf(10),
    name: 'default',
    strategy: 'fixed-window',
    source: 'default',
    key: 'key',
    shared: false,
    breached: false,
    cost: 1,
    remaining: 4,
    resetAt: NOW + 60_000,
    retryAt: NOW,
    ...fields,
  }
}

/** A limit that refused and lets the request pass after 60 s. */
export function breachedLimit(fields: Partial<CurrentLimit> = {}): CurrentLimit {
  return currentLimit({ breached: true, remaining: 0, retryAt: NOW + 60_000, ...fields })
}

/** What follows from these limits: the first that refused is shown, else the first. */
export function decisionOf(limits: readonly CurrentLimit[], fields: Partial<Decision> = {}): Decision {
  const refusedBy = limits.find((limit) => limit.breached)
  return {
    allowed: refusedBy === undefined,
    now: NOW,
    source: 'storage',
    limit: refusedBy ?? limits[0],
    limits,
    refusedBy,
    retryAt: refusedBy?.retryAt,
    ...fields,
  }
}
