import { ConfigurationError, NotationError } from '../errors.ts'
import { cut, quote } from '../show.ts'
import { GRANULARITY_MS, rangeProblem, rateLimit } from './rate-limit.ts'
import type { Granularity, RateLimit } from './rate-limit.ts'
import { scanLimits, syntaxError } from './scan-limits.ts'
import type { ScannedLimit } from './scan-limits.ts'

/** What `NotationError.expected` says exactly where the word for the unit is not one we know: the rest of the text has the right shape. */
export const UNITS_EXPECTED = 'second, minute, hour, day, month or year'

/**
 * Reads limits: "5 per 2 minutes; 100/day". `[count] [per|/] [n (optional)] [second|minute|hour|day|month|year][s]`, in upper or
 * lower case, joined by `,` `;` or `|`; the notation of Flask-Limiter.
 *
 * @throws NotationError `ERR_LIMIT_SYNTAX` or `ERR_LIMIT_RANGE`, with the position and what was expected there.
 * @throws ConfigurationError where the notation is no string.
 */
export function parseLimits(notation: string): readonly RateLimit[] {
  if (typeof notation !== 'string') {
    throw new ConfigurationError(`a limit is written as text such as "5 per minute", got ${describe(notation)}`)
  }
  return scanLimits(notation).map((scanned) => understand(notation, scanned))
}

/**
 * Reads exactly one limit: "5 per 2 minutes".
 *
 * @throws NotationError as {@link parseLimits}, and where there are several.
 */
export function parseLimit(notation: string): RateLimit {
  const limits = parseLimits(notation)
  if (limits.length === 1) return limits[0]!
  const second = scanLimits(notation)[1]!.amount
  throw syntaxError(notation, second.at, 'the end, for only one limit can stand here', second.text)
}

/** Writes limits as {@link parseLimits} reads them: "5 per 2 minute; 100 per 1 day". */
export function formatLimits(limits: readonly RateLimit[]): string {
  return limits.map((limit) => limit.text).join('; ')
}

function understand(notation: string, { amount, multiples, unit }: ScannedLimit): RateLimit {
  const granularity = granularityOf(unit.text)
  if (granularity === undefined) throw syntaxError(notation, unit.at, UNITS_EXPECTED, unit.text)
  const numbers = [Number(amount.text), granularity, Number(multiples?.text ?? 1)] as const
  const problem = rangeProblem(...numbers)
  if (problem === undefined) return rateLimit(...numbers)
  const { text, at } = problem.of === 'amount' ? amount : multiples!
  const message = `cannot use the limit ${quote(notation)}: at position ${at} expected ${problem.expected}, got ${cut(text)}`
  throw new NotationError('ERR_LIMIT_RANGE', notation, at, problem.expected, message)
}

function granularityOf(word: string): Granularity | undefined {
  const lower = word.toLowerCase()
  return (Object.keys(GRANULARITY_MS) as Granularity[]).find((unit) => lower === unit || lower === `${unit}s`)
}

function describe(value: unknown): string {
  return value === null || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : `a value of type ${typeof value}`
}
