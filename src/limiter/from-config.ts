import { ConfigurationError } from '../errors.ts'
import { nearest } from '../nearest.ts'
import { cut, quote, show } from '../show.ts'
import { redact } from '../storage/redact.ts'
import { withoutUndefined } from '../without-undefined.ts'
import type { LimiterOptions } from './options.ts'

const CONFIGURED = 'sluice.configured'

declare const configured: unique symbol

/**
 * Options from a configuration. Spread them into the options of `createLimiter`, anywhere: what is given in code wins, and of
 * several configurations the later.
 */
export interface ConfiguredOptions {
  readonly [configured]: Readonly<Record<string, unknown>>
}

/** Reads a value: from text, as an environment has it, or as what it is. `name` is for messages. */
type Read = (value: unknown, name: string) => unknown

const bool: Read = (value, name) => {
  if (typeof value === 'boolean') return value
  const word = typeof value === 'string' ? value.trim().toLowerCase() : ''
  if (['true', '1', 'yes', 'on'].includes(word)) return true
  if (['false', '0', 'no', 'off'].includes(word)) return false
  throw new ConfigurationError(`${name}: expected true or false, got ${show(value)}`)
}

const text: Read = (value, name) => {
  if (typeof value === 'string') return value
  throw new ConfigurationError(`${name}: expected text, got ${show(value)}`)
}

const address: Read = (value, name) => {
  if (typeof value === 'string' && value.includes('://')) return value
  const given = typeof value === 'string' ? quote(redact(value)) : show(value)
  throw new ConfigurationError(`${name}: expected an address such as redis://localhost:6379, got ${given}`)
}

const fn: Read = (value, name) => {
  if (typeof value === 'function') return value
  throw new ConfigurationError(
    `${name}: expected a function, got ${show(value)}; give it in code, as the option of createLimiter`,
  )
}

const cost: Read = (value, name) => {
  if (typeof value === 'function' || typeof value === 'number') return value
  if (typeof value === 'string' && /^\d+$/.test(value.trim())) return Number(value)
  throw new ConfigurationError(`${name}: expected an integer from 0 to 2^53 - 1, got ${show(value)}`)
}

/** One notation, or a list of limits. */
const limits: Read = (value, name) => {
  if (Array.isArray(value)) return value
  if (typeof value === 'string' || typeof value === 'function' || (typeof value === 'object' && value !== null))
    return [value]
  throw new ConfigurationError(`${name}: expected limits such as "5 per minute; 100/day", got ${show(value)}`)
}

const record: Read = (value, name) => {
  let given = value
  if (typeof value === 'string') {
    try {
      given = JSON.parse(value)
    } catch {
      given = undefined
    }
  }
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given
  throw new ConfigurationError(`${name}: expected an object, as text in JSON, got ${show(value)}`)
}

/** Every name of the Flask configuration, how it is read, and the option that it gives. */
const NAMES: Readonly<Record<string, readonly [read: Read, give: (value: unknown) => Record<string, unknown>]>> = {
  RATELIMIT_ENABLED: [bool, (enabled) => ({ enabled })],
  RATELIMIT_KEY_FUNC: [fn, (key) => ({ key })],
  RATELIMIT_KEY_PREFIX: [text, (keyPrefix) => ({ keyPrefix })],
  RATELIMIT_APPLICATION: [limits, (applicationLimits) => ({ applicationLimits })],
  RATELIMIT_APPLICATION_PER_METHOD: [bool, (applicationLimitsPerMethod) => ({ applicationLimitsPerMethod })],
  RATELIMIT_APPLICATION_EXEMPT_WHEN: [fn, (applicationLimitsExemptWhen) => ({ applicationLimitsExemptWhen })],
  RATELIMIT_APPLICATION_DEDUCT_WHEN: [fn, (applicationLimitsDeductWhen) => ({ applicationLimitsDeductWhen })],
  RATELIMIT_APPLICATION_COST: [cost, (applicationLimitsCost) => ({ applicationLimitsCost })],
  RATELIMIT_DEFAULT: [limits, (defaultLimits) => ({ defaultLimits })],
  RATELIMIT_DEFAULTS_PER_METHOD: [bool, (defaultLimitsPerMethod) => ({ defaultLimitsPerMethod })],
  RATELIMIT_DEFAULTS_EXEMPT_WHEN: [fn, (defaultLimitsExemptWhen) => ({ defaultLimitsExemptWhen })],
  RATELIMIT_DEFAULTS_DEDUCT_WHEN: [fn, (defaultLimitsDeductWhen) => ({ defaultLimitsDeductWhen })],
  RATELIMIT_DEFAULTS_COST: [cost, (defaultLimitsCost) => ({ defaultLimitsCost })],
  RATELIMIT_STORAGE_URI: [address, (storage) => ({ storage })],
  RATELIMIT_STORAGE_OPTIONS: [record, (storageOptions) => ({ storageOptions })],
  RATELIMIT_REQUEST_IDENTIFIER: [fn, (requestIdentifier) => ({ requestIdentifier })],
  RATELIMIT_STRATEGY: [text, (strategy) => ({ strategy })],
  RATELIMIT_HEADERS_ENABLED: [bool, (enabled) => (enabled ? { headers: 'legacy' } : {})],
  RATELIMIT_HEADER_LIMIT: [text, (limit) => ({ headerNames: { limit } })],
  RATELIMIT_HEADER_REMAINING: [text, (remaining) => ({ headerNames: { remaining } })],
  RATELIMIT_HEADER_RESET: [text, (reset) => ({ headerNames: { reset } })],
  RATELIMIT_HEADER_RETRY_AFTER: [text, (retryAfter) => ({ headerNames: { retryAfter } })],
  RATELIMIT_HEADER_RETRY_AFTER_VALUE: [text, (retryAfter) => ({ retryAfter })],
  RATELIMIT_FAIL_ON_FIRST_BREACH: [bool, (failOnFirstBreach) => ({ failOnFirstBreach })],
  RATELIMIT_ON_BREACH_CALLBACK: [fn, (onBreach) => ({ onBreach })],
  RATELIMIT_META: [limits, (metaLimits) => ({ metaLimits })],
  RATELIMIT_ON_META_BREACH_CALLBACK: [fn, (onMetaBreach) => ({ onMetaBreach })],
  // A fallback says more than swallowing, and limits of its own more than the same ones: the later stands.
  RATELIMIT_SWALLOW_ERRORS: [bool, (swallow) => (swallow ? { onStorageError: 'allow', onCallbackError: 'allow' } : {})],
  RATELIMIT_IN_MEMORY_FALLBACK_ENABLED: [bool, (enabled) => (enabled ? { onStorageError: 'fallback' } : {})],
  RATELIMIT_IN_MEMORY_FALLBACK: [limits, (fallback) => ({ onStorageError: { fallback } })],
}

/**
 * Options from the documented `RATELIMIT_*` names of Flask-Limiter, out of the environment or any record:
 * `createLimiter({ key, ...fromConfig(process.env) })`. Booleans and numbers may be text; names that do not begin with
 * `RATELIMIT_` are left alone. Throws a ConfigurationError for an unknown name, or a value that cannot be read.
 */
export function fromConfig(config: Readonly<Record<string, unknown>>): ConfiguredOptions {
  if (typeof config !== 'object' || config === null) {
    throw new ConfigurationError(`fromConfig: expected a record such as process.env, got ${show(config)}`)
  }
  for (const name of Object.keys(config)) {
    if (!name.startsWith('RATELIMIT_') || Object.hasOwn(NAMES, name)) continue
    const meant = name === 'RATELIMIT_STORAGE_URL' ? 'RATELIMIT_STORAGE_URI' : nearest(name, Object.keys(NAMES))
    throw new ConfigurationError(
      `fromConfig: unknown name ${cut(name)}${meant === undefined ? '' : `; did you mean ${meant}?`}`,
    )
  }
  const options: Record<string, unknown> = {}
  for (const [name, [read, give]] of Object.entries(NAMES)) {
    const value = config[name]
    if (value !== undefined && value !== null) add(options, give(read(value, name)))
  }
  // A symbol of its own: where two are spread, neither takes the other's place.
  return { [Symbol(CONFIGURED)]: options } as unknown as ConfiguredOptions
}

function add(options: Record<string, unknown>, more: Readonly<Record<string, unknown>>): void {
  for (const [option, given] of Object.entries(more)) {
    options[option] =
      option === 'headerNames' ? { ...(options[option] as object | undefined), ...(given as object) } : given
  }
}

/** Options with what a configuration gave filled in where code gave nothing. */
export function withConfigured<Options extends Partial<Omit<LimiterOptions<never, never>, 'storage'>>>(
  options: Options & Partial<ConfiguredOptions>,
): Options {
  const symbols = Object.getOwnPropertySymbols(options ?? {}).filter(({ description }) => description === CONFIGURED)
  if (symbols.length === 0) return options
  const all: Record<string, unknown> = {}
  for (const symbol of symbols) add(all, (options as Readonly<Record<symbol, Record<string, unknown>>>)[symbol]!)
  return { ...all, ...withoutUndefined(options) }
}
