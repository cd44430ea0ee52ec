import fc from 'fast-check'
import { expect } from 'vitest'
import { isLimiterError, LimiterError } from '../../src/errors.ts'
import { STRATEGY_NAMES } from '../../src/strategy/strategies.ts'
import type { FetchLimiterOptions } from '../../src/adapters/fetch/index.ts'
import { limiterWith, requestTo } from '../adapters/fetch/playground.ts'
import { bench } from '../limiter/plain.ts'
import { expectNamedError, law } from './law.ts'
import { anyText, anyValue } from './texts.ts'

/** What a function of the user does when it is asked. */
interface Behaviour {
  readonly how: 'return' | 'resolve' | 'throw' | 'reject'
  readonly value: unknown
}

const BEFORE = [
  'key',
  'exemptWhen',
  'cost',
  'limit',
  'scope',
  'filter',
  'requestIdentifier',
  'endpoint',
  'metaKey',
] as const
const AFTER = [
  'errorMessage',
  'onBreach',
  'generalBreach',
  'metaMessage',
  'onMetaBreach',
  'deductWhen',
  'headers',
] as const
type Name = (typeof BEFORE)[number] | (typeof AFTER)[number]
type Behaviours = Partial<Record<Name, Behaviour>>

const behaviour: fc.Arbitrary<Behaviour> = fc.record({
  how: fc.constantFrom('return', 'resolve', 'throw', 'reject'),
  value: fc.oneof(
    { weight: 4, arbitrary: anyValue },
    { weight: 1, arbitrary: fc.record({ status: anyValue, headers: anyValue, body: anyValue }, { requiredKeys: [] }) },
    { weight: 1, arbitrary: fc.dictionary(anyText, anyText) },
  ),
})
const behavioursOf = (names: readonly Name[]): fc.Arbitrary<Behaviours> =>
  fc.dictionary(fc.constantFrom(...names), behaviour, { minKeys: 1, maxKeys: 2 })

/** An app one of whose functions misbehave; what became of three requests to it, and how often its handler was called. */
async function tryApp(
  behaviours: Behaviours,
  options: Partial<FetchLimiterOptions>,
): Promise<{ outcomes: (Response | { thrown: unknown })[]; passed: number }> {
  const odd =
    <T>(name: Name, usual: () => T) =>
    (): T => {
      const given = behaviours[name]
      if (!given) return usual()
      if (given.how === 'throw') throw given.value
      if (given.how === 'reject') return Promise.reject(given.value) as T
      return (given.how === 'resolve' ? Promise.resolve(given.value) : given.value) as T
    }
  const nothing = (): undefined => undefined
  const limiter = limiterWith({
    key: odd('key', () => 'ann'),
    requestIdentifier: odd('requestIdentifier', () => 'GET /'),
    onBreach: odd('generalBreach', nothing),
    onMetaBreach: odd('onMetaBreach', nothing),
    ...(behaviours.headers && { headers: odd('headers', () => ({})) }),
    ...options,
  })
  if (behaviours.filter) limiter.requestFilter(odd('filter', () => false))
  const handler = limiter.handler(
    {
      endpoint: odd('endpoint', () => 'GET /'),
      limits: [
        {
          limit: odd('limit', () => '1/minute'),
          exemptWhen: odd('exemptWhen', () => false),
          cost: odd('cost', () => 1),
          errorMessage: odd('errorMessage', () => 'slow down'),
          onBreach: odd('onBreach', nothing),
          metaLimits: [
            { limit: '1/hour', key: odd('metaKey', () => 'ann'), errorMessage: odd('metaMessage', () => 'banned') },
          ],
          ...(behaviours.scope && { scope: odd('scope', () => '') }),
          ...(behaviours.deductWhen && { deductWhen: odd('deductWhen', () => true) }),
        },
      ],
    },
    () => {
      passed += 1
      return new Response('ok')
    },
  )
  let passed = 0
  const outcomes: (Response | { thrown: unknown })[] = []
  for (let i = 0; i < 3; i++) {
    try {
      const response = await handler(requestTo())
      await response.text()
      outcomes.push(response)
    } catch (thrown) {
      outcomes.push({ thrown })
    }
  }
  return { outcomes, passed }
}

/** What a request ends with is a response, an error of ours, or what the function threw. */
function expectExplained(outcomes: readonly (Response | { thrown: unknown })[], behaviours: Behaviours): void {
  const given = Object.values(behaviours).flatMap(({ how, value }) =>
    how === 'throw' || how === 'reject' ? [value] : [],
  )
  for (const outcome of outcomes) {
    if (outcome instanceof Response || given.some((value) => Object.is(value, outcome.thrown))) continue
    expectNamedError(outcome.thrown)
  }
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
}

law(
  'a function that misbehaves ends a request with an error of ours, its own, or an answer',
  behavioursOf([...BEFORE, ...AFTER]),
  async (behaviours) => {
    const { outcomes } = await tryApp(behaviours, {})
    expectExplained(outcomes, behaviours)
  },
  {
    regressions: [
      { limit: { how: 'return', value: Symbol('s') } },
      { limit: { how: 'return', value: ['1/minute'] } },
      { requestIdentifier: { how: 'resolve', value: 'GET /' } },
      { errorMessage: { how: 'return', value: Object.create(null) } },
      { onBreach: { how: 'return', value: { headers: null } } },
      { onBreach: { how: 'return', value: { status: Object.create(null) } } },
      { headers: { how: 'return', value: { 'X-A': 5n } } },
    ],
  },
)

law(
  'with onCallbackError: allow it never fails a request',
  behavioursOf([...BEFORE, ...AFTER]),
  async (behaviours) => {
    const { outcomes } = await tryApp(behaviours, { onCallbackError: 'allow' })
    for (const outcome of outcomes) expect(outcome).toBeInstanceOf(Response)
  },
  {
    regressions: [
      { key: { how: 'throw', value: Object.create(null) } },
      { key: { how: 'reject', value: { toString: null } } },
    ],
  },
)

law(
  'what is asked after a refusal never turns it into a pass',
  fc.tuple(
    behavioursOf(['errorMessage', 'onBreach', 'generalBreach', 'metaMessage', 'onMetaBreach', 'headers']),
    fc.constantFrom('raise' as const, 'allow' as const),
  ),
  async ([behaviours, onCallbackError]) => {
    const { passed } = await tryApp(behaviours, { onCallbackError })
    expect(passed).toBe(1)
  },
)

law(
  'a breach function that only looks on changes nothing',
  fc.oneof(
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(fc.integer()),
    fc.dictionary(fc.constantFrom('level', 'msg'), anyText),
  ),
  async (value) => {
    const { outcomes } = await tryApp({ onBreach: { how: 'return', value } }, {})
    expect((outcomes[1] as Response).status).toBe(429)
    expect((outcomes[1] as Response).headers.get('content-length')).toBe('9')
  },
)

law(
  'a cost is charged exactly, or is an error that charges nothing',
  fc.tuple(fc.oneof(anyValue, fc.nat(12)), fc.constantFrom(...STRATEGY_NAMES)),
  async ([cost, strategy]) => {
    const { limiter } = bench({ strategy })
    const asking = (given: unknown) => [limiter.limit('10/minute', { cost: () => given as number, key: () => 'one' })]
    const ask = async (given: unknown): Promise<number | string> => {
      try {
        const { allowed, limits } = await limiter.decide({ client: 'ann' }, { endpoint: 'work', limits: asking(given) })
        return allowed ? limits[0]!.remaining : 'refused'
      } catch (error) {
        if (!(error instanceof LimiterError)) throw error
        expectNamedError(error)
        return isLimiterError(error) ? error.code : ''
      }
    }
    const isCost = typeof cost === 'number' && Number.isSafeInteger(cost) && cost >= 0
    expect(await ask(cost)).toBe(!isCost ? 'ERR_CALLBACK' : cost > 10 ? 'refused' : 10 - cost)
    expect(await ask(0)).toBe(isCost && cost <= 10 ? 10 - cost : 10)
  },
)
