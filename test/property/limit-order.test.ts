import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { declaredLimits, planOf } from '../../src/limiter/plan.ts'
import { endpoint, group, rule, type TestRule } from '../limiter/builders.ts'

const SOURCES = ['application', 'default', 'route', 'group'] as const

/** Limits that all apply together, of a few windows, so that many are equal. */
const rulesOf = (source: (typeof SOURCES)[number]): fc.Arbitrary<TestRule[]> =>
  fc
    .array(fc.constantFrom('60 second', '1 minute', '2 minute', '1 hour', '90 second'), { maxLength: 4 })
    .map((windows) => windows.map((window) => rule(`5/${window}`, { overrideDefaults: false }, source)))

test('the order of limits is total: application first on a route with limits of its own, then windows, then declaration', () => {
  const declared = fc.tuple(rulesOf('application'), rulesOf('default'), rulesOf('route'), rulesOf('group'))
  fc.assert(
    fc.property(declared, ([application, defaults, rules, grouped]) => {
      const given = endpoint({ rules, groups: [group(grouped)] })
      const { candidates } = planOf(given, { application, defaults }, [], 'GET', declaredLimits)
      const all = [...application, ...defaults, ...rules, ...grouped]
      const rank = ({ source }: TestRule): number => (rules.length > 0 && source !== 'application' ? 1 : 0)
      expect(candidates).toHaveLength(all.length)
      for (const [index, { rule: later, limit }] of candidates.entries()) {
        const before = candidates[index - 1]
        if (!before) continue
        const steps = [
          rank(later) - rank(before.rule),
          limit.windowMs - before.limit.windowMs,
          all.indexOf(later) - all.indexOf(before.rule),
        ]
        expect(steps.find((step) => step !== 0)).toBeGreaterThan(0)
      }
    }),
  )
})
