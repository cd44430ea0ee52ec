import { describe, expect, test } from 'vitest'
import { ConfigurationError } from '../../src/errors.ts'
import { createLimiter, fromConfig } from '../../src/index.ts'
import { withConfigured } from '../../src/limiter/from-config.ts'

const key = (): string => 'client'

/** The options that a configuration gives. */
const optionsOf = (config: Record<string, unknown>): Record<string, unknown> => ({
  ...withConfigured({ ...fromConfig(config) }),
})

describe('every name of the Flask configuration gives an option', () => {
  const f = (): boolean => true
  test.each<[string, unknown, Record<string, unknown>]>([
    ['RATELIMIT_ENABLED', 'false', { enabled: false }],
    ['RATELIMIT_KEY_FUNC', f, { key: f }],
    ['RATELIMIT_KEY_PREFIX', 'shop', { keyPrefix: 'shop' }],
    ['RATELIMIT_APPLICATION', '100/hour', { applicationLimits: ['100/hour'] }],
    ['RATELIMIT_APPLICATION_PER_METHOD', 'yes', { applicationLimitsPerMethod: true }],
    ['RATELIMIT_APPLICATION_EXEMPT_WHEN', f, { applicationLimitsExemptWhen: f }],
    ['RATELIMIT_APPLICATION_DEDUCT_WHEN', f, { applicationLimitsDeductWhen: f }],
    ['RATELIMIT_APPLICATION_COST', '2', { applicationLimitsCost: 2 }],
    ['RATELIMIT_DEFAULT', '1/second; 5/minute', { defaultLimits: ['1/second; 5/minute'] }],
    ['RATELIMIT_DEFAULT', ['1/second', '5/minute'], { defaultLimits: ['1/second', '5/minute'] }],
    ['RATELIMIT_DEFAULTS_PER_METHOD', 'on', { defaultLimitsPerMethod: true }],
    ['RATELIMIT_DEFAULTS_EXEMPT_WHEN', f, { defaultLimitsExemptWhen: f }],
    ['RATELIMIT_DEFAULTS_DEDUCT_WHEN', f, { defaultLimitsDeductWhen: f }],
    ['RATELIMIT_DEFAULTS_COST', 3, { defaultLimitsCost: 3 }],
    ['RATELIMIT_STORAGE_URI', 'memory://', { storage: 'memory://' }],
    ['RATELIMIT_STORAGE_OPTIONS', '{"maxKeys": 10}', { storageOptions: { maxKeys: 10 } }],
    ['RATELIMIT_REQUEST_IDENTIFIER', f, { requestIdentifier: f }],
    ['RATELIMIT_STRATEGY', 'moving-window', { strategy: 'moving-window' }],
    ['RATELIMIT_HEADERS_ENABLED', 'True', { headers: 'legacy' }],
    ['RATELIMIT_HEADERS_ENABLED', '0', {}],
    ['RATELIMIT_HEADER_LIMIT', 'X-L', { headerNames: { limit: 'X-L' } }],
    ['RATELIMIT_HEADER_REMAINING', 'X-R', { headerNames: { remaining: 'X-R' } }],
    ['RATELIMIT_HEADER_RESET', 'X-T', { headerNames: { reset: 'X-T' } }],
    ['RATELIMIT_HEADER_RETRY_AFTER', 'X-A', { headerNames: { retryAfter: 'X-A' } }],
    ['RATELIMIT_HEADER_RETRY_AFTER_VALUE', 'http-date', { retryAfter: 'http-date' }],
    ['RATELIMIT_SWALLOW_ERRORS', 'true', { onStorageError: 'allow', onCallbackError: 'allow' }],
    ['RATELIMIT_IN_MEMORY_FALLBACK_ENABLED', '1', { onStorageError: 'fallback' }],
    ['RATELIMIT_IN_MEMORY_FALLBACK', '1/minute', { onStorageError: { fallback: ['1/minute'] } }],
    ['RATELIMIT_FAIL_ON_FIRST_BREACH', 'no', { failOnFirstBreach: false }],
    ['RATELIMIT_ON_BREACH_CALLBACK', f, { onBreach: f }],
    ['RATELIMIT_META', '5/day', { metaLimits: ['5/day'] }],
    ['RATELIMIT_ON_META_BREACH_CALLBACK', f, { onMetaBreach: f }],
  ])('%s = %j', (name, value, expected) => {
    expect(optionsOf({ [name]: value })).toEqual(expected)
  })
})

test('header names from several settings come together', () => {
  const options = optionsOf({ RATELIMIT_HEADER_LIMIT: 'X-L', RATELIMIT_HEADER_RESET: 'X-T' })
  expect(options['headerNames']).toEqual({ limit: 'X-L', reset: 'X-T' })
})

test('of two configurations the later wins, name by name', () => {
  const ours = fromConfig({
    RATELIMIT_DEFAULT: '1/minute',
    RATELIMIT_STRATEGY: 'moving-window',
    RATELIMIT_HEADER_LIMIT: 'X-L',
  })
  const theirs = fromConfig({ RATELIMIT_DEFAULT: '2/minute', RATELIMIT_HEADER_RESET: 'X-T' })
  expect({ ...withConfigured({ ...ours, ...theirs }) }).toEqual({
    defaultLimits: ['2/minute'],
    strategy: 'moving-window',
    headerNames: { limit: 'X-L', reset: 'X-T' },
  })
})

test('fallback limits of their own say more than the same limits, and these more than swallowing errors', () => {
  const all = {
    RATELIMIT_IN_MEMORY_FALLBACK: '1/minute',
    RATELIMIT_IN_MEMORY_FALLBACK_ENABLED: true,
    RATELIMIT_SWALLOW_ERRORS: true,
  }
  expect(optionsOf(all)).toEqual({ onStorageError: { fallback: ['1/minute'] }, onCallbackError: 'allow' })
})

test('names of others are left alone, and so is what is not set', () => {
  expect(optionsOf({ PATH: '/bin', RATELIMIT_DEFAULT: undefined })).toEqual({})
})

test('what is given in code wins, wherever the configuration is spread', () => {
  const config = fromConfig({ RATELIMIT_DEFAULT: '1/minute', RATELIMIT_STRATEGY: 'moving-window' })
  const first = withConfigured({ ...config, key, defaultLimits: ['9/minute'] })
  const last = withConfigured({ key, defaultLimits: ['9/minute'], ...config })
  for (const options of [first, last]) {
    expect(options).toMatchObject({ key, defaultLimits: ['9/minute'], strategy: 'moving-window' })
  }
})

test('a limiter counts by what the configuration says', () => {
  const limiter = createLimiter({ key, ...fromConfig({ RATELIMIT_DEFAULT: '1/minute' }) })
  const decide = (): unknown => limiter.decide({}, { endpoint: 'job' })
  expect(decide()).toMatchObject({ allowed: true })
  expect(decide()).toMatchObject({ allowed: false })
})

describe('what cannot be read is an error that prints it', () => {
  test.each<[string, Record<string, unknown>, RegExp]>([
    [
      'an unknown name, with the nearest known one',
      { RATELIMIT_DEFUALT: '1/minute' },
      /RATELIMIT_DEFUALT; did you mean RATELIMIT_DEFAULT\?/,
    ],
    [
      'the old name of the storage',
      { RATELIMIT_STORAGE_URL: 'memory://' },
      /RATELIMIT_STORAGE_URL; did you mean RATELIMIT_STORAGE_URI\?/,
    ],
    ['a boolean', { RATELIMIT_ENABLED: 'maybe' }, /RATELIMIT_ENABLED: expected true or false, got "maybe"/],
    ['a number', { RATELIMIT_DEFAULTS_COST: 'two' }, /RATELIMIT_DEFAULTS_COST: expected an integer .* got "two"/],
    [
      'a function given as text',
      { RATELIMIT_KEY_FUNC: 'app.key' },
      /RATELIMIT_KEY_FUNC: expected a function, got "app.key"; give it in code/,
    ],
    ['an address', { RATELIMIT_STORAGE_URI: '' }, /RATELIMIT_STORAGE_URI: expected an address such as .* got ""$/],
    [
      'an address',
      { RATELIMIT_STORAGE_URI: ':secret@host:6379' },
      /RATELIMIT_STORAGE_URI: .* got ":\*\*\*@host:6379"$/,
    ],
    ['an object', { RATELIMIT_STORAGE_OPTIONS: '[1]' }, /RATELIMIT_STORAGE_OPTIONS: expected an object/],
  ])('%s', (_what, config, message) => {
    expect(() => fromConfig(config)).toThrow(ConfigurationError)
    expect(() => fromConfig(config)).toThrow(message)
  })
})
