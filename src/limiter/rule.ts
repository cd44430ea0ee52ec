import { ConfigurationError, NotationError } from '../errors.ts'
import { parseLimits } from '../limit/parse-limits.ts'
import type { RateLimit } from '../limit/rate-limit.ts'
import { show } from '../show.ts'
import { checkRange, strategyOf } from '../strategy/strategies.ts'
import type { StrategyName } from '../strategy/strategy.ts'
import { checkDeductWhen, checkNames, checkType } from './check-options.ts'
import type { LimitSource } from './decision.ts'
import type { BreachFunction, KeyFunction, LimitOptions, MetaLimitEntry, Notation } from './limit-options.ts'

/**
 * A declared limit, normalised once: what the notation says and every condition that goes with it. Frozen; a rule's identity
 * is what stands for "this declaration".
 */
export interface Rule<Req, Res> {
  readonly source: LimitSource
  /** The limits; a function that gives their notation; or why the notation cannot be read. */
  readonly limits: readonly RateLimit[] | ((request: Req) => string | Promise<string>) | NotationError
  readonly key: KeyFunction<Req>
  readonly scope: string | ((endpoint: string, request: Req) => string) | undefined
  /** One counter for all endpoints. */
  readonly shared: boolean
  readonly cost: number | ((request: Req) => number | Promise<number>)
  readonly methods: ReadonlySet<string> | undefined
  readonly perMethod: boolean
  readonly exemptWhen: ((request: Req) => boolean | Promise<boolean>) | undefined
  readonly deductWhen: ((response: Res, request: Req) => boolean) | undefined
  readonly overrideDefaults: boolean
  readonly errorMessage: string | ((request: Req) => string | Promise<string>) | undefined
  readonly onBreach: BreachFunction<Req> | undefined
  readonly strategy: StrategyName
  readonly name: string | undefined
  readonly metas: readonly Rule<Req, Res>[]
}

/** Everything an entry can hold, whatever its source. */
type AnyOptions<Req, Res> = LimitOptions<Req, Res> & { readonly shared?: boolean | undefined }

/** What a limiter gives to each rule that has none of its own. */
export interface RuleDefaults<Req> {
  readonly key: KeyFunction<Req>
  readonly strategy: StrategyName
  readonly malformedLimits: 'raise' | 'defaults'
}

const META_OPTIONS: readonly string[] = [
  'key',
  'scope',
  'cost',
  'methods',
  'perMethod',
  'exemptWhen',
  'errorMessage',
  'onBreach',
  'strategy',
  'name',
]
const LIMIT_OPTIONS: readonly string[] = [...META_OPTIONS, 'deductWhen', 'overrideDefaults', 'metaLimits']

/** Options that an entry of each source does not take beside the common ones. */
function optionNames(source: LimitSource, listed: boolean): readonly string[] {
  if (source === 'meta') return listed ? ['limit', ...META_OPTIONS] : META_OPTIONS
  if (!listed) return LIMIT_OPTIONS
  const names = ['limit', 'shared', ...LIMIT_OPTIONS]
  // Only what is nearer to the route than the defaults can stand in for them.
  return source === 'route' || source === 'group' ? names : names.filter((name) => name !== 'overrideDefaults')
}

/** Makes a rule of a notation and its options. Throws a ConfigurationError that says where. */
export function createRule<Req, Res>(
  source: LimitSource,
  notation: Notation<Req>,
  options: AnyOptions<Req, Res>,
  defaults: RuleDefaults<Req>,
  where: string,
): Rule<Req, Res> {
  checkType(options.key, `${where}: key`, 'function')
  checkType(options.exemptWhen, `${where}: exemptWhen`, 'function')
  checkDeductWhen(options.deductWhen, `${where}: deductWhen`)
  checkType(options.onBreach, `${where}: onBreach`, 'function')
  checkType(options.scope, `${where}: scope`, 'string', 'function')
  checkType(options.errorMessage, `${where}: errorMessage`, 'string', 'function')
  checkType(options.perMethod, `${where}: perMethod`, 'boolean')
  checkType(options.overrideDefaults, `${where}: overrideDefaults`, 'boolean')
  checkType(options.name, `${where}: name`, 'string')
  const strategy = options.strategy ?? defaults.strategy
  strategyOf(strategy)
  // Application limits, default limits and meta limits have nothing to fall back to: these are never left out.
  const lenient =
    defaults.malformedLimits === 'defaults' && (source === 'route' || source === 'group' || source === 'check')
  const limits = readNotation(notation, strategy, lenient, where)
  const cost = checkCost(options.cost ?? 1, limits, where)
  const key = options.key ?? defaults.key
  const malformedMetas: NotationError[] = []
  if (options.metaLimits !== undefined && !Array.isArray(options.metaLimits)) {
    throw new ConfigurationError(
      `${where}: metaLimits: expected a list such as ['5 per minute'], got ${show(options.metaLimits)}`,
    )
  }
  const metas = (options.metaLimits ?? []).map((entry, index) => {
    const at = `${where}: metaLimits[${index}]`
    try {
      return metaRule<Req, Res>(entry, { ...defaults, key, malformedLimits: 'raise' }, at)
    } catch (error) {
      // As in the original, a limit whose meta limit cannot be read is a limit that cannot be read.
      if (!(lenient && error instanceof NotationError)) throw error
      malformedMetas.push(error)
      return undefined
    }
  })
  return Object.freeze({
    source,
    limits: malformedMetas[0] ?? limits,
    key,
    scope: options.scope ?? (source === 'application' ? 'global' : source === 'meta' ? 'meta' : undefined),
    shared: source === 'application' || source === 'meta' || options.shared === true,
    cost,
    methods: checkMethods(options.methods, where),
    perMethod: options.perMethod ?? false,
    exemptWhen: options.exemptWhen,
    deductWhen: options.deductWhen,
    overrideDefaults: options.overrideDefaults ?? true,
    errorMessage: options.errorMessage,
    onBreach: options.onBreach,
    strategy,
    name: options.name,
    metas: metas.filter((meta) => meta !== undefined),
  })
}

/** Makes a rule of an entry of a list: a notation, a function, or an object that holds one. `collective` options go to entries that are not objects. */
export function ruleOf<Req, Res>(
  source: LimitSource,
  entry: Notation<Req> | ({ readonly limit: Notation<Req> } & AnyOptions<Req, Res>),
  collective: AnyOptions<Req, Res>,
  defaults: RuleDefaults<Req>,
  where: string,
): Rule<Req, Res> {
  if (typeof entry === 'string' || typeof entry === 'function')
    return createRule(source, entry, collective, defaults, where)
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    throw new ConfigurationError(
      `${where}: expected a limit such as '5 per minute', a function or an object with a limit, got ${show(entry)}`,
    )
  }
  const { limit, ...options } = entry
  checkNames(entry, optionNames(source, true), where)
  return createRule<Req, Res>(source, limit, options, defaults, where)
}

/** Makes the rule of a meta limit; `defaults.key` is its parent's. */
export function metaRule<Req, Res>(
  entry: MetaLimitEntry<Req>,
  defaults: RuleDefaults<Req>,
  where: string,
): Rule<Req, Res> {
  return ruleOf<Req, Res>('meta', entry, {}, defaults, where)
}

/** Throws for an option that `limit()`, `sharedLimit()` and `group()` do not take. */
export function checkLimitOptions(options: object, where: string): void {
  checkNames(options, optionNames('route', false), where)
}

function readNotation<Req>(
  notation: Notation<Req>,
  strategy: StrategyName,
  lenient: boolean,
  where: string,
): Rule<Req, never>['limits'] {
  if (typeof notation === 'function') return notation
  if (typeof notation !== 'string') {
    throw new ConfigurationError(
      `${where}: expected a limit such as '5 per minute' or a function that gives one, got ${show(notation)}`,
    )
  }
  // As in the original, an empty notation is no limit: what a setting that is switched off looks like.
  if (notation === '') return []
  try {
    return parseFor(notation, strategy)
  } catch (error) {
    if (!(error instanceof NotationError)) throw at(error, where)
    if (lenient) return error
    throw new NotationError(
      error.code as 'ERR_LIMIT_SYNTAX',
      error.notation,
      error.position,
      error.expected,
      `${where}: ${error.message}`,
    )
  }
}

/** The same error, saying where the limit was declared. */
function at(error: unknown, where: string): unknown {
  return error instanceof ConfigurationError
    ? new ConfigurationError(`${where}: ${error.message}`, { code: error.code })
    : error
}

/** Reads a notation for a strategy: a limit that the strategy cannot count exactly is a range error. */
export function parseFor(notation: string, strategy: StrategyName): readonly RateLimit[] {
  const limits = parseLimits(notation)
  for (const limit of limits) checkRange(limit, strategy)
  return limits
}

function checkCost<Req>(
  cost: unknown,
  limits: unknown,
  where: string,
): number | ((request: Req) => number | Promise<number>) {
  if (typeof cost === 'function') return cost as (request: Req) => number
  if (!isCost(cost))
    throw new ConfigurationError(
      `${where}: cost: expected an integer from 0 to 2^53 - 1 or a function, got ${show(cost)}`,
    )
  if (Array.isArray(limits)) {
    const small = (limits as readonly RateLimit[]).find((limit) => cost > limit.amount && limit.amount > 0)
    if (small) throw new ConfigurationError(`${where}: a cost of ${cost} can never pass the limit ${small.text}`)
  }
  return cost
}

/** Whether a value can be a cost. */
export function isCost(cost: unknown): cost is number {
  return Number.isSafeInteger(cost) && (cost as number) >= 0
}

function checkMethods(methods: unknown, where: string): ReadonlySet<string> | undefined {
  if (methods === undefined) return undefined
  if (!Array.isArray(methods) || methods.some((method) => typeof method !== 'string' || method === '')) {
    throw new ConfigurationError(
      `${where}: methods: expected a list of HTTP methods such as ['GET', 'POST'], got ${show(methods)}`,
    )
  }
  if (methods.length === 0)
    throw new ConfigurationError(
      `${where}: methods: expected at least one HTTP method, got an empty list; leave it out to limit every method`,
    )
  return new Set(methods.map((method: string) => method.toUpperCase()))
}
