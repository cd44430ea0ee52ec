import { describe, expect, test } from 'vitest'
import { parseLimit } from '../../src/limit/parse-limits.ts'
import { CompiledEndpoint } from '../../src/limiter/compiled-endpoint.ts'
import { baseOf, declaredLimits, planOf, scopeOf } from '../../src/limiter/plan.ts'
import { byClient, endpoint, group, rule, type TestEndpoint, type TestRule } from './builders.ts'

/** The order in which limits are decided. */
function order(
  given: TestEndpoint,
  application: readonly TestRule[] = [],
  defaults: readonly TestRule[] = [],
): string[] {
  const { candidates } = planOf(given, { application, defaults }, [], 'GET', declaredLimits)
  return candidates.map(({ rule: { source }, limit }) => `${source} ${limit.text}`)
}

describe('the order of limits', () => {
  test('is that of their windows, in ms, whatever their units and amounts', () => {
    expect(order(endpoint({ rules: [rule('9/hour; 1/90 second; 8/minute; 5/day; 7/60 second')] }))).toEqual([
      'route 8 per 1 minute',
      'route 7 per 60 second',
      'route 1 per 90 second',
      'route 9 per 1 hour',
      'route 5 per 1 day',
    ])
  })

  test('is application, default, own, groups from the outermost in, where windows are equal', () => {
    const application = [rule('1/day', {}, 'application')]
    const defaults = [rule('2/day', {}, 'default')]
    const rules = [rule('3/day', { overrideDefaults: false }), rule('4/day', { overrideDefaults: false })]
    const groups = [5, 6].map((amount) => group([rule(`${amount}/day`, { overrideDefaults: false }, 'group')]))
    expect(order(endpoint({ rules, groups }), application, defaults)).toEqual([
      'application 1 per 1 day',
      'default 2 per 1 day',
      'route 3 per 1 day',
      'route 4 per 1 day',
      'group 5 per 1 day',
      'group 6 per 1 day',
    ])
  })

  test('has application limits first on a route with limits of its own, and among the rest elsewhere', () => {
    const application = [rule('1/day', {}, 'application')]
    expect(order(endpoint({ rules: [rule('3/minute')] }), application)).toEqual([
      'application 1 per 1 day',
      'route 3 per 1 minute',
    ])
    expect(order(endpoint(), application, [rule('3/minute', {}, 'default')])).toEqual([
      'default 3 per 1 minute',
      'application 1 per 1 day',
    ])
  })
})

describe('the plan of an endpoint', () => {
  const compile = (given: Partial<TestEndpoint>, metas: readonly TestRule[] = []) =>
    new CompiledEndpoint(endpoint(given), { application: [], defaults: [] }, metas, 'shop')

  test('asks for the limits of the route first: whether there are any decides what else applies', () => {
    const [own, dynamic] = [rule(() => '1/day'), rule(() => '2/day', {}, 'default')]
    const common = { application: [], defaults: [dynamic] }
    expect(planOf(endpoint({ rules: [own] }), common, [], 'GET', declaredLimits).unknown).toEqual([own])
    expect(
      planOf(endpoint({ rules: [own] }), common, [], 'GET', (each) => (each === own ? [] : declaredLimits(each)))
        .unknown,
    ).toEqual([dynamic])
  })

  test('is fixed where only the key of the client is missing', () => {
    const fixed = compile({ rules: [rule('5/minute; 9/day', { cost: 2, perMethod: true })] }).fixed('GET')
    expect(fixed?.key).toBe(byClient)
    expect(fixed?.templates.map(({ base, cost, role }) => [base, cost, role])).toEqual([
      ['sluice|shop|endpoint|GET /a||GET|5/1/minute|', 2, 'limit'],
      ['sluice|shop|endpoint|GET /a||GET|9/1/day|', 2, 'limit'],
    ])
  })

  test('knows in its fixed form which limits a meta limit watches', () => {
    const [first, second] = [rule('5/minute', { metaLimits: ['1/day'] }), rule('6/hour')]
    const fixed = compile({ rules: [first, second] }, [rule('2/day', {}, 'meta')]).fixed('GET')
    expect(fixed?.templates.map(({ role, watches }) => [role, watches])).toEqual([
      ['limit', []],
      ['limit', []],
      ['meta', [0, 1]],
      ['meta', [0]],
    ])
  })

  test.each<[string, TestRule[]]>([
    ['a dynamic notation', [rule(() => '1/day')]],
    ['a dynamic cost', [rule('1/day', { cost: () => 1 })]],
    ['a dynamic scope', [rule('1/day', { scope: () => 'a' })]],
    ['a condition', [rule('1/day', { exemptWhen: () => false })]],
    ['two keys', [rule('1/day'), rule('2/day', { key: () => 'other' })]],
    ['two limits on one state', [rule('1/day'), rule('1/day')]],
    ['no limit at all', []],
  ])('is not fixed with %s', (_name, rules) => {
    expect(compile({ rules }).fixed('GET')).toBeUndefined()
  })

  test('refuses two limits on one state of which one is charged late, unless a scope or a key tells them apart', () => {
    const late = rule('1/day', { deductWhen: () => true })
    const clash =
      'GET /a: 1 per 1 day is counted twice on one state, once with deductWhen and once without; give one of them a scope'
    expect(() => compile({ rules: [rule('1/day'), late] }).plan('GET')).toThrow(clash)
    for (const other of [rule('1/day', { scope: 'b' }), rule('1/day', { key: () => 'b' }), rule('2/day')]) {
      expect(() => compile({ rules: [other, late] }).plan('GET')).not.toThrow()
    }
  })

  test('is made once for each method', () => {
    const compiled = compile({ rules: [rule('1/day')] })
    expect(compiled.plan('GET')).toBe(compiled.plan('GET'))
    expect(compiled.plan('POST')).not.toBe(compiled.plan('GET'))
  })

  test('is not kept for every method that clients think of', () => {
    const compiled = compile({ rules: [rule('1/day')] })
    const first = compiled.plan('GET')
    for (let n = 0; n < 100; n += 1) compiled.plan(`X${n}`)
    expect(compiled.plan('GET')).not.toBe(first)
  })
})

describe('the scope of a limit', () => {
  const call = { client: 'ann' }

  test('is what was declared, or what its function answers for the endpoint and the request', () => {
    const byBoth = (name: string, { client }: typeof call): string => `${name} of ${client}`
    expect(scopeOf(rule('1/day'), 'GET /a', call)).toBe('')
    expect(scopeOf(rule('1/day', { scope: 'mail' }), 'GET /a', call)).toBe('mail')
    expect(scopeOf(rule('1/day', { scope: byBoth }), 'GET /a', call)).toBe('GET /a of ann')
  })

  test('is none where its function answers nothing, and an error where it answers no string', () => {
    const answering = (answer: unknown): TestRule => rule('1/day', { scope: () => answer as string })
    expect(scopeOf(answering(undefined), 'GET /a', call)).toBe('')
    expect(() => scopeOf(answering(5), 'GET /a', call)).toThrow(
      'a scope function has to answer a string, got 5 for GET /a',
    )
  })

  test.each([
    ['shared', rule('1/day', { shared: true })],
    ['meta', rule('1/day', {}, 'meta')],
  ])('is the endpoint for a %s limit that has none', (_, limited) => {
    const candidate = { rule: limited, limit: parseLimit('1/day') }
    const base = (scope: string): string => baseOf(candidate, '', 'GET /a', 'GET', scope)
    expect(base('')).toBe(base('GET /a'))
    expect(base('')).not.toBe(base('mail'))
  })
})
