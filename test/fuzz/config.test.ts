import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createLimiter } from '../../src/index.ts'
import { fromConfig } from '../../src/limiter/from-config.ts'
import { nearest } from '../../src/nearest.ts'
import { byClient, type Call } from '../limiter/builders.ts'
import { answerOrError, expectNamedError, law, LONG } from './law.ts'
import { anyText, anyValue, mutated } from './texts.ts'

const silent = { warn: () => {}, error: () => {} }

/** Tries an app's first call under these options. */
async function tryCall(options: object): Promise<void> {
  const limiter = answerOrError(() => createLimiter<Call>(options as never))
  try {
    await limiter?.decide({ client: 'ann' }, { endpoint: 'work' })
    await limiter?.clear({ key: 'ann' })
    await limiter?.close()
  } catch (error) {
    expectNamedError(error)
  }
}

const FLASK_NAMES = [
  'ENABLED', 'KEY_PREFIX', 'APPLICATION', 'APPLICATION_PER_METHOD', 'APPLICATION_COST', 'DEFAULT', 'DEFAULTS_PER_METHOD',
  'DEFAULTS_EXEMPT_WHEN', 'DEFAULTS_COST', 'STORAGE_URI', 'STORAGE_OPTIONS', 'STRATEGY', 'HEADERS_ENABLED', 'HEADER_LIMIT',
  'HEADER_RETRY_AFTER_VALUE', 'FAIL_ON_FIRST_BREACH', 'META', 'SWALLOW_ERRORS', 'IN_MEMORY_FALLBACK_ENABLED', 'IN_MEMORY_FALLBACK',
].map((name) => `RATELIMIT_${name}`) // prettier-ignore
const setting = mutated(
  fc.constantFrom(
    'true',
    'off',
    '5 per minute; 100/day',
    '3',
    'memory://',
    '{"maxKeys": 5}',
    '{"__proto__":{"maxKeys":1}}',
    'fixed-window',
    'X-Limit',
    'http-date',
  ),
)

law(
  'what stands in the environment is options, or an error of ours',
  fc.dictionary(
    fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...FLASK_NAMES) },
      { weight: 1, arbitrary: mutated(fc.constantFrom(...FLASK_NAMES)) },
    ),
    fc.oneof(setting, anyText),
  ),
  async (environment) => {
    const configured = answerOrError(() => fromConfig(environment))
    if (configured) await tryCall({ key: byClient, logger: silent, ...configured })
  },
)

law(
  'any record is options, or an error of ours',
  fc.oneof(anyValue, fc.dictionary(fc.constantFrom(...FLASK_NAMES), anyValue)),
  async (record) => {
    const configured = answerOrError(() => fromConfig(record as Record<string, unknown>))
    if (configured) await tryCall({ key: byClient, logger: silent, ...configured })
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  },
  { regressions: [{ RATELIMIT_APPLICATION: Array(1) }] },
)

const OPTIONS = [
  'defaultLimits', 'defaultLimitsPerMethod', 'defaultLimitsExemptWhen', 'defaultLimitsDeductWhen', 'defaultLimitsCost', 'applicationLimits',
  'applicationLimitsCost', 'metaLimits', 'unmatchedLimits', 'onBreach', 'onMetaBreach', 'failOnFirstBreach', 'strategy', 'storage',
  'storageOptions', 'storageTimeout', 'onStorageError', 'onCallbackError', 'malformedLimits', 'refusalMemory', 'headers', 'headerNames',
  'retryAfter', 'keyPrefix', 'requestIdentifier', 'autoCheck', 'enabled', 'ipv6Prefix', 'silence', 'clock', 'logger', 'key',
] // prettier-ignore
const limitObject = fc.dictionary(
  fc.constantFrom(
    'limit',
    'cost',
    'key',
    'scope',
    'methods',
    'metaLimits',
    'errorMessage',
    'name',
    'strategy',
    'exemptWhen',
    'shared',
  ),
  fc.oneof(anyValue, fc.constant('5/minute')),
)
const optionValue = fc.oneof(
  anyValue,
  fc.array(fc.oneof(anyValue, limitObject, mutated(fc.constant('5 per minute'))), { maxLength: 3 }),
  limitObject,
)

law(
  'any values are options of a limiter, or an error of ours',
  fc.dictionary(fc.constantFrom(...OPTIONS), optionValue, { maxKeys: 3 }),
  async (options) => {
    await tryCall({ key: byClient, logger: silent, defaultLimits: ['5/minute'], ...options })
  },
  {
    regressions: [
      { defaultLimits: [{ limit: '5/minute', metaLimits: '5/minute' }] },
      { strategy: Object.create(null) },
      { strategy: 5n },
    ],
  },
)

law(
  'any values are options of a limit, or an error of ours',
  fc.tuple(optionValue, limitObject, anyValue),
  async ([notation, options, target]) => {
    const limiter = createLimiter<Call>({ key: byClient, logger: silent })
    const { limit: _limit, shared: _shared, ...own } = options
    const limit = answerOrError(() => limiter.limit(notation as string, own as object))
    const shared = answerOrError(() => limiter.sharedLimit(notation as string, { scope: 's', ...own }))
    try {
      await limiter.decide(
        { client: 'ann' },
        { endpoint: 'work', limits: [limit, shared].filter((each) => each !== undefined) },
      )
    } catch (error) {
      expectNamedError(error)
    }
    await limiter.clear(target as never).catch(expectNamedError)
    await limiter.clear({ key: 'ann', scope: target, limits: [target] } as never).catch(expectNamedError)
    await limiter.clear({ key: 'ann', limits: target } as never).catch(expectNamedError)
  },
  {
    regressions: [
      ['5/minute', {}, null],
      ['5/minute', {}, 5n],
    ],
  },
)

test(
  'what a long name was meant to be is soon said',
  () => {
    const among = OPTIONS.concat(FLASK_NAMES)
    expect(nearest('x'.repeat(1_000_000), among)).toBeUndefined()
    expect(nearest(`RATELIMIT_${'x'.repeat(1_000_000)}`, among)).toBeUndefined()
  },
  LONG,
)
