import { describe, expect, test } from 'vitest'
import { adapterContract, type AdapterHarness } from '../../../src/testing/index.ts'
import { contractTests } from '../contract-tests.ts'
import { expressHarness } from './harness.ts'
import { VERSIONS } from './versions.ts'

describe.each(VERSIONS)('$name keeps the contract', (version) => {
  contractTests(expressHarness(version))
})

describe('the contract', () => {
  const harness = expressHarness(VERSIONS[0]!)

  test('finds fault with an adapter that limits nothing', async () => {
    const blind: AdapterHarness = {
      name: 'blind',
      build: async (spec) =>
        harness.build({
          ...spec,
          limiters: spec.limiters.map((limiter) => ({ ...limiter, options: { ...limiter.options, enabled: false } })),
        }),
    }
    const outcomes = await Promise.allSettled(adapterContract(blind).map(async ({ run }) => run()))
    expect(outcomes.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(outcomes.length * 0.8)
  })

  test('says which cases a framework is let off, and why', () => {
    const cases = adapterContract({
      ...harness,
      lacks: { 'automatic-head': 'routes answer what they name, and nothing else' },
    })
    const skipped = cases.filter((each) => each.skipped !== undefined)
    expect(skipped.length).toBeGreaterThan(0)
    expect(new Set(skipped.map((each) => each.skipped))).toEqual(
      new Set(['automatic-head: routes answer what they name, and nothing else']),
    )
  })

  test('names no case twice', () => {
    const names = adapterContract(harness).map(({ name }) => name)
    expect(names).toEqual([...new Set(names)])
  })
})
