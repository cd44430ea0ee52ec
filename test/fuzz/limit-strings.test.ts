import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NotationError } from '../../src/errors.ts'
import { formatLimits, parseLimits } from '../../src/limit/parse-limits.ts'
import { rateLimit } from '../../src/limit/rate-limit.ts'
import { strategyOf, STRATEGY_NAMES } from '../../src/strategy/strategies.ts'
import { answerOrError, law, LONG } from './law.ts'
import { anyText, anyValue, mutated, pumped } from './texts.ts'

const number = fc.oneof(
  fc.nat(20),
  fc.maxSafeInteger(),
  fc.bigInt({ min: 0n, max: 10n ** 30n }),
  fc.constantFrom('007', '1.5', '1e3', '-1', ''),
)
const unit = fc.constantFrom('second', 'Minutes', 'HOUR', 'days', 'month', 'years', 'week', 'ms', 'minuteſ', '')
const limit = fc
  .tuple(
    number,
    fc.constantFrom('/', ' per ', 'PER', ' per', ' each '),
    fc.oneof(number, fc.constant('')),
    fc.constantFrom('', ' '),
    unit,
  )
  .map((parts) => parts.join(''))
const notation = fc
  .array(fc.tuple(limit, fc.constantFrom(';', ', ', '|', ' ')), { minLength: 1, maxLength: 5 })
  .map((limits) => limits.flat().slice(0, -1).join(''))

law(
  'text is limits that can be written and read again, or an error that points into it',
  fc.oneof(mutated(notation), anyText),
  (text) => {
    try {
      const limits = parseLimits(text)
      expect(limits.length).toBeGreaterThan(0)
      expect(parseLimits(formatLimits(limits))).toEqual(limits)
    } catch (error) {
      if (!(error instanceof NotationError)) throw error
      expect(error.notation).toBe(text)
      expect(error.position).toBeGreaterThanOrEqual(0)
      expect(error.position).toBeLessThanOrEqual(text.length)
      expect(error.message).toMatch(/^cannot (read|use) the limit "[^]*: at position \d+ expected [^]+, got [^]+$/)
      expect(error.message.length).toBeLessThan(2000)
    }
  },
  { regressions: ['1'.repeat(1_000_000), `${'9'.repeat(100_000)}/minute`, `5/${'x'.repeat(1_000_000)}`] },
)

law(
  'whatever is given instead of text or numbers is a limit or an error of ours',
  fc.tuple(anyValue, anyValue, anyValue),
  ([one, two, three]) => {
    answerOrError(() => parseLimits(one as string))
    answerOrError(() => rateLimit(one as number, two as 'minute', three as number))
    answerOrError(() => rateLimit(5, one as 'minute'))
    const strategy = answerOrError(() => strategyOf(one as string))
    if (strategy) expect(STRATEGY_NAMES).toContain(one)
  },
  {
    regressions: [
      [5n, 5n, 5n],
      [Object.create(null), Object.create(null), Symbol('s')],
    ],
  },
)

test(
  'a long notation does not take long',
  () => {
    const pieces = [' ', '1', 'x', '/', ';', '5/s;', 'per', '\u017f']
    for (const text of pumped(['', '5/', '5 per ', '5/minute'], pieces, ['', '!']))
      answerOrError(() => parseLimits(text))
  },
  LONG,
)
