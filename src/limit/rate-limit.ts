import { ConfigurationError } from '../errors.ts'
import { nearest } from '../nearest.ts'
import { show } from '../show.ts'

/** The unit of a window. A month is 30 days and a year 360 days, as in Flask-Limiter. */
export type Granularity = 'second' | 'minute' | 'hour' | 'day' | 'month' | 'year'

/** Milliseconds in one of each unit. */
export const GRANULARITY_MS: Readonly<Record<Granularity, number>> = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  month: 30 * 86_400_000,
  year: 360 * 86_400_000,
}

/** So much per so long: "5 per 2 minute". A value: frozen, compared with {@link equalLimits}. */
export interface RateLimit {
  /** What fits into one window. An integer from 0 to 2^53 − 1. */
  readonly amount: number
  /** How many units make the window: the 2 in "5 per 2 minutes". An integer ≥ 1. */
  readonly multiples: number
  readonly granularity: Granularity
  /** The window in milliseconds: 120000 for "5 per 2 minutes". */
  readonly windowMs: number
  /** The canonical text, as Flask-Limiter prints it: "5 per 2 minute". */
  readonly text: string
}

/** Why a limit of these numbers cannot be counted exactly, and which number is to blame; undefined: it can. */
export interface RangeProblem {
  readonly of: 'amount' | 'multiples'
  readonly expected: string
}

/**
 * Makes a limit: `rateLimit(5, 'minute', 2)` is 5 per 2 minutes.
 *
 * @throws ConfigurationError `ERR_LIMIT_RANGE` where `amount` is no integer from 0 to 2^53 − 1, `multiples` no integer ≥ 1, or
 *   the window longer than 2^53 − 1 ms; `ERR_CONFIG` for an unknown unit.
 */
export function rateLimit(amount: number, granularity: Granularity, multiples = 1): RateLimit {
  if (typeof granularity !== 'string' || !Object.hasOwn(GRANULARITY_MS, granularity))
    throw unknownGranularity(granularity)
  const problem = rangeProblem(amount, granularity, multiples)
  if (problem !== undefined) {
    const given = problem.of === 'amount' ? amount : multiples
    throw new ConfigurationError(`the ${problem.of} of a limit must be ${problem.expected}, got ${show(given)}`, {
      code: 'ERR_LIMIT_RANGE',
    })
  }
  return Object.freeze({
    amount,
    multiples,
    granularity,
    windowMs: multiples * GRANULARITY_MS[granularity],
    text: `${amount} per ${multiples} ${granularity}`,
  })
}

/** What {@link rateLimit} refuses about these numbers, for callers that can say more about where they stand. */
export function rangeProblem(amount: number, granularity: Granularity, multiples: number): RangeProblem | undefined {
  if (!Number.isSafeInteger(amount) || amount < 0) {
    return { of: 'amount', expected: 'an integer from 0 to 9007199254740991' }
  }
  const most = Math.floor(Number.MAX_SAFE_INTEGER / GRANULARITY_MS[granularity])
  if (!Number.isSafeInteger(multiples) || multiples < 1 || multiples > most) {
    return { of: 'multiples', expected: `an integer from 1 to ${most} for a ${granularity}` }
  }
  return undefined
}

/** Whether two limits are written alike. "60 per 60 second" and "60 per 1 minute" last as long and are two limits all the same. */
export function equalLimits(a: RateLimit, b: RateLimit): boolean {
  return a.text === b.text
}

/** Orders limits by the length of their windows, shortest first; negative: `a` is shorter. For `Array.prototype.sort`. */
export function compareLimits(a: RateLimit, b: RateLimit): number {
  return a.windowMs - b.windowMs
}

function unknownGranularity(granularity: unknown): ConfigurationError {
  const units = Object.keys(GRANULARITY_MS)
  const meant = typeof granularity === 'string' ? nearest(granularity, units) : undefined
  const hint = meant === undefined ? '' : `; did you mean "${meant}"?`
  return new ConfigurationError(
    `the unit of a limit must be one of ${units.join(', ')}, got ${show(granularity)}${hint}`,
  )
}
