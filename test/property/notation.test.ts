import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NotationError } from '../../src/errors.ts'
import { formatLimits, parseLimits } from '../../src/limit/parse-limits.ts'
import { compareLimits, equalLimits, GRANULARITY_MS, rateLimit } from '../../src/limit/rate-limit.ts'
import type { Granularity } from '../../src/limit/rate-limit.ts'

const MOST = Number.MAX_SAFE_INTEGER

const limit = fc
  .constantFrom(...(Object.keys(GRANULARITY_MS) as Granularity[]))
  .chain((unit) =>
    fc
      .tuple(
        fc.oneof(fc.nat(100), fc.integer({ min: 0, max: MOST })),
        fc.oneof(
          fc.integer({ min: 1, max: 100 }),
          fc.integer({ min: 1, max: Math.floor(MOST / GRANULARITY_MS[unit]) }),
        ),
      )
      .map(([amount, multiples]) => rateLimit(amount, unit, multiples)),
  )

const limits = fc.array(limit, { minLength: 1, maxLength: 5 })

test('what is written is read back', () => {
  fc.assert(
    fc.property(limits, (written) => {
      expect(parseLimits(formatLimits(written))).toEqual(written)
    }),
  )
})

test('white space, letter case, the plural and the separator make no difference', () => {
  const space = fc.stringMatching(/^[ \t\n\r\f\v]{0,3}$/)
  const styles = fc.record({
    space,
    per: fc.constantFrom('/', 'per', 'PER', 'Per'),
    plural: fc.boolean(),
    upper: fc.boolean(),
    separator: fc.constantFrom(',', ';', '|'),
  })
  fc.assert(
    fc.property(limits, styles, (written, { space, per, plural, upper, separator }) => {
      const text = written
        .map(({ amount, multiples, granularity }) => {
          const unit = granularity + (plural ? 's' : '')
          return [amount, per, multiples, upper ? unit.toUpperCase() : unit].join(space)
        })
        .join(space + separator + space)
      expect(parseLimits(space + text + space)).toEqual(written)
    }),
  )
})

test('any text is either read or an error that points into it', () => {
  const piece = fc.oneof(
    fc.constantFrom('5', '/', ' per ', 'minute', 'hours', ';', ',', '|', ' ', '0', '99999999999999999999'),
    fc.string({ unit: 'binary', maxLength: 3 }),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('')
      try {
        expect(parseLimits(text).length).toBeGreaterThan(0)
      } catch (error) {
        expect(error).toBeInstanceOf(NotationError)
        const { position, notation } = error as NotationError
        expect(notation).toBe(text)
        expect(position).toBeGreaterThanOrEqual(0)
        expect(position).toBeLessThanOrEqual(text.length)
      }
    }),
    { numRuns: 2000 },
  )
})

test('limits have one order by length, and are equal where their texts are', () => {
  fc.assert(
    fc.property(limit, limit, limit, (a, b, c) => {
      expect(Math.sign(compareLimits(a, b))).toBe(-Math.sign(compareLimits(b, a)) + 0)
      if (compareLimits(a, b) <= 0 && compareLimits(b, c) <= 0) expect(compareLimits(a, c)).toBeLessThanOrEqual(0)
      expect(equalLimits(a, b)).toBe(formatLimits([a]) === formatLimits([b]))
    }),
  )
})
