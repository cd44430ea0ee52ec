import type { Clock } from '../clock.ts'
import { ConfigurationError } from '../errors.ts'
import { show } from '../show.ts'
import { strategyOf } from '../strategy/strategies.ts'
import { checkChoice, checkDeductWhen, checkNames, checkType } from './check-options.ts'
import type { Logger } from './events.ts'
import type { BreachFunction, LimitEntry, LimitOptions } from './limit-options.ts'
import type { LimiterOptions, OnStorageError } from './options.ts'
import { metaRule, type Rule, type RuleDefaults, ruleOf } from './rule.ts'
import { WARNING_CODES } from './warnings.ts'

const OPTION_NAMES: readonly (keyof LimiterOptions<never, never>)[] = [
  'key',
  'defaultLimits',
  'defaultLimitsPerMethod',
  'defaultLimitsExemptWhen',
  'defaultLimitsDeductWhen',
  'defaultLimitsCost',
  'applicationLimits',
  'applicationLimitsPerMethod',
  'applicationLimitsExemptWhen',
  'applicationLimitsDeductWhen',
  'applicationLimitsCost',
  'metaLimits',
  'unmatchedLimits',
  'onBreach',
  'onMetaBreach',
  'failOnFirstBreach',
  'strategy',
  'storage',
  'storageOptions',
  'storageTimeout',
  'onStorageError',
  'onCallbackError',
  'malformedLimits',
  'refusalMemory',
  'headers',
  'headerNames',
  'retryAfter',
  'keyPrefix',
  'requestIdentifier',
  'autoCheck',
  'enabled',
  'ipv6Prefix',
  'silence',
  'clock',
  'logger',
]

const CONSOLE: Logger = {
  warn: (message) => console.warn(`sluice: ${message}`),
  error: (message) => console.error(`sluice: ${message}`),
}

/** The options of a limiter, checked, with every default filled in and every limit made a rule. */
export interface Settings<Req, Res> {
  readonly ruleDefaults: RuleDefaults<Req>
  readonly application: readonly Rule<Req, Res>[]
  readonly defaults: readonly Rule<Req, Res>[]
  readonly metas: readonly Rule<Req, Res>[]
  readonly unmatched: readonly Rule<Req, Res>[]
  /** Limits that stand in for all others during an outage; undefined: the same ones. */
  readonly fallback: readonly Rule<Req, Res>[] | undefined
  readonly onStorageError: 'raise' | 'allow' | 'refuse' | 'fallback'
  readonly onCallbackError: 'raise' | 'allow'
  readonly onBreach: BreachFunction<Req> | undefined
  readonly onMetaBreach: BreachFunction<Req> | undefined
  readonly firstRefusalOnly: boolean
  readonly storageTimeout: number
  /** In ms; 0: refusals are not remembered. */
  readonly refusalMemory: number
  readonly keyPrefix: string
  readonly requestIdentifier: ((request: Req) => string) | undefined
  readonly autoCheck: boolean
  readonly enabled: boolean
  readonly clock: Clock | undefined
  readonly logger: Logger
  readonly silence: ReadonlySet<string>
}

/** Checks options and makes settings of them. `extra` are the names of options that only this adapter has. */
export function createSettings<Req, Res>(
  options: LimiterOptions<Req, Res>,
  extra: readonly string[],
): Settings<Req, Res> {
  if (typeof options !== 'object' || options === null) {
    throw new ConfigurationError(`createLimiter: expected options such as { key: remoteAddress }, got ${show(options)}`)
  }
  checkNames(options, [...OPTION_NAMES, ...extra], 'createLimiter')
  if (typeof options.key !== 'function') {
    throw new ConfigurationError(
      `createLimiter: key: expected a function that names the client, such as key: remoteAddress, got ${show(options.key)}`,
    )
  }
  checkType(options.defaultLimitsExemptWhen, 'defaultLimitsExemptWhen', 'function')
  checkDeductWhen(options.defaultLimitsDeductWhen, 'defaultLimitsDeductWhen')
  checkType(options.applicationLimitsExemptWhen, 'applicationLimitsExemptWhen', 'function')
  checkDeductWhen(options.applicationLimitsDeductWhen, 'applicationLimitsDeductWhen')
  checkType(options.onBreach, 'onBreach', 'function')
  checkType(options.onMetaBreach, 'onMetaBreach', 'function')
  checkType(options.requestIdentifier, 'requestIdentifier', 'function')
  checkType(options.keyPrefix, 'keyPrefix', 'string')
  checkType(options.logger, 'logger', 'object')
  for (const name of [
    'failOnFirstBreach',
    'autoCheck',
    'enabled',
    'defaultLimitsPerMethod',
    'applicationLimitsPerMethod',
  ] as const) {
    checkType(options[name], name, 'boolean')
  }
  if (options.clock !== undefined && typeof options.clock?.now !== 'function') {
    throw new ConfigurationError(`clock: expected an object with a method now, got ${show(options.clock)}`)
  }
  checkChoice(options.retryAfter, 'retryAfter', ['delta-seconds', 'http-date'])
  checkChoice(options.malformedLimits, 'malformedLimits', ['raise', 'defaults'])
  checkChoice(options.onCallbackError, 'onCallbackError', ['raise', 'allow'])
  const ruleDefaults: RuleDefaults<Req> = {
    key: options.key,
    strategy: strategyOf(options.strategy ?? 'fixed-window').name,
    malformedLimits: options.malformedLimits ?? 'raise',
  }
  const rules = (
    source: 'application' | 'default' | 'unmatched',
    name: string,
    entries: unknown,
    collective: LimitOptions<Req, Res>,
  ) =>
    list<LimitEntry<Req, Res>>(entries, name).map((entry, index) =>
      ruleOf<Req, Res>(source, entry, collective, ruleDefaults, `${name}[${index}]`),
    )
  return {
    ruleDefaults,
    application: rules(
      'application',
      'applicationLimits',
      options.applicationLimits,
      collectiveOptions(options, 'applicationLimits'),
    ),
    defaults: rules('default', 'defaultLimits', options.defaultLimits, collectiveOptions(options, 'defaultLimits')),
    unmatched: rules('unmatched', 'unmatchedLimits', options.unmatchedLimits, {}),
    metas: list<never>(options.metaLimits, 'metaLimits').map((entry, index) =>
      metaRule<Req, Res>(entry, ruleDefaults, `metaLimits[${index}]`),
    ),
    ...failureForm<Req, Res>(options.onStorageError ?? 'raise', ruleDefaults),
    onCallbackError: options.onCallbackError ?? 'raise',
    onBreach: options.onBreach,
    onMetaBreach: options.onMetaBreach,
    firstRefusalOnly: options.failOnFirstBreach ?? true,
    storageTimeout: checkTimeout(options.storageTimeout ?? 250),
    refusalMemory: checkRefusalMemory(options.refusalMemory ?? 1000),
    keyPrefix: options.keyPrefix ?? '',
    requestIdentifier: options.requestIdentifier,
    autoCheck: options.autoCheck ?? true,
    enabled: options.enabled ?? true,
    clock: options.clock,
    logger: options.logger ?? CONSOLE,
    silence: checkSilence(options.silence ?? []),
  }
}

function collectiveOptions<Req, Res>(
  options: LimiterOptions<Req, Res>,
  name: 'defaultLimits' | 'applicationLimits',
): LimitOptions<Req, Res> {
  const perMethod = options[`${name}PerMethod`]
  const exemptWhen = options[`${name}ExemptWhen`]
  const deductWhen = options[`${name}DeductWhen`]
  const cost = options[`${name}Cost`]
  return { perMethod, exemptWhen, deductWhen, cost }
}

function failureForm<Req, Res>(
  form: OnStorageError,
  defaults: RuleDefaults<Req>,
): Pick<Settings<Req, Res>, 'onStorageError' | 'fallback'> {
  if (typeof form === 'object' && form !== null) {
    checkNames(form, ['fallback'], 'onStorageError')
    const fallback = list<string>(form.fallback, 'onStorageError: fallback')
    if (fallback.length === 0)
      throw new ConfigurationError("onStorageError: fallback: expected limits such as ['10/minute'], got none")
    return {
      onStorageError: 'fallback',
      fallback: fallback.map((entry, index) =>
        ruleOf<Req, Res>('fallback', entry, {}, defaults, `onStorageError: fallback[${index}]`),
      ),
    }
  }
  checkChoice(form, 'onStorageError', ['raise', 'allow', 'refuse', 'fallback'], " or { fallback: ['10/minute'] }")
  return { onStorageError: form, fallback: undefined }
}

function list<T>(value: unknown, where: string): readonly T[] {
  if (value === undefined) return []
  // What a list leaves out is an entry that is missing.
  if (Array.isArray(value)) return Array.from<T>(value)
  throw new ConfigurationError(`${where}: expected a list such as ['5 per minute'], got ${show(value)}`)
}

function checkTimeout(value: unknown): number {
  if (typeof value === 'number' && value >= 1 && value < 2 ** 31) return value
  throw new ConfigurationError(`storageTimeout: expected milliseconds from 1 to 2^31 - 1, got ${show(value)}`)
}

function checkRefusalMemory(value: unknown): number {
  if (value === false) return 0
  if (typeof value === 'number' && value >= 1 && value < 2 ** 31) return value
  throw new ConfigurationError(`refusalMemory: expected false or milliseconds from 1 to 2^31 - 1, got ${show(value)}`)
}

function checkSilence(codes: unknown): ReadonlySet<string> {
  const known = Object.keys(WARNING_CODES)
  for (const code of list<string>(codes, 'silence')) {
    if (!known.includes(code))
      throw new ConfigurationError(`silence: expected codes of warnings (${known.join(', ')}), got ${show(code)}`)
  }
  return new Set(codes as string[])
}
