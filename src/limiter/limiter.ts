import { ConfigurationError } from '../errors.ts'
import { show } from '../show.ts'
import { openStorage } from '../storage/uri.ts'
import type { MaybePromise } from '../storage/storage.ts'
import { filledIn } from '../without-undefined.ts'
import { checkNames, checkType } from './check-options.ts'
import { clearKeys, type ClearTarget } from './clear.ts'
import type { CompiledEndpoint } from './compiled-endpoint.ts'
import { type CurrentLimit, type Decision, toError } from './decision.ts'
import { Engine } from './engine.ts'
import { Events, type LimiterEvents } from './events.ts'
import { type Explanation, explanationOf } from './explanation.ts'
import { keyPrefix } from './keys.ts'
import type { ExemptionScopes, LimitEntry, LimitOptions, Notation, SharedLimitOptions } from './limit-options.ts'
import type { LimiterOptions } from './options.ts'
import type { Outcome } from './outcome.ts'
import { Reporter } from './reporter.ts'
import type { RequestRecord } from './request-record.ts'
import type { Endpoint, Exemption, Group } from './resolve.ts'
import { checkLimitOptions, createRule, type Rule, ruleOf } from './rule.ts'
import { createSettings, type Settings } from './settings.ts'
import { andThen } from './steps.ts'

const SCOPES: readonly (keyof ExemptionScopes)[] = ['application', 'default', 'meta', 'ancestors', 'descendants']

/**
 * A limiter without a framework: what is declared, and how a request is decided. An adapter adds how requests are found and
 * answered.
 */
export abstract class Limiter<Req extends object, Res> {
  /** @internal */
  readonly settings: Settings<Req, Res>
  /** @internal */
  readonly engine: Engine<Req, Res>
  /** @internal */
  readonly reporter: Reporter<Req, Res>
  readonly #events = new Events<Req>()
  readonly #groups = new WeakMap<object, Group<Req, Res>>()
  #revision = 0

  constructor(options: LimiterOptions<Req, Res>, extraOptions: readonly string[] = []) {
    this.settings = createSettings(options, extraOptions)
    const storage = openStorage(options.storage ?? 'memory://', options.storageOptions ?? {})
    this.reporter = new Reporter(this.settings.logger, this.#events, storage.name, this.settings.silence)
    this.engine = new Engine(this.settings, storage, this.reporter)
    // The console has been told when it was lost.
    if (!options.logger) {
      this.on('storageFound', () => this.settings.logger.warn?.(`storage found again: ${storage.name}`))
    }
  }

  /** Keeps an outcome on its request, and lets headers and late charges follow. */
  protected abstract note(request: Req, outcome: Outcome<Req, Res>): void

  /** What the adapter keeps of a request that passes one of its apps. */
  protected abstract recordOf(request: Req): RequestRecord<Req, Res> | undefined

  /** The endpoints that are declared at present, for `clear`. */
  protected abstract endpoints(): Iterable<CompiledEndpoint<Req, Res>>

  /** Do not limit requests for which this answers true: not even by an exhausted meta limit. */
  requestFilter(filter: (request: Req) => MaybePromise<boolean>): void {
    if (typeof filter !== 'function')
      throw new ConfigurationError(`requestFilter: expected a function, got ${show(filter)}`)
    this.engine.filters.push(filter)
  }

  /** The limit that says most about this request: the one that refused it, else the one nearest to its route. */
  currentLimit(request: Req): CurrentLimit | undefined {
    return this.recordOf(request)?.currentLimit
  }

  /** Every limit that was considered for this request so far. */
  currentLimits(request: Req): readonly CurrentLimit[] {
    return this.recordOf(request)?.currentLimits ?? []
  }

  /**
   * Decides a request by hand, with every limit of the route it has reached: for `autoCheck: false`. Throws, or rejects with,
   * RateLimitExceeded when it is refused.
   */
  check(request: Req): MaybePromise<Decision> {
    const record = this.requireRecord(request, 'check')
    if (record.isUnmatched) return this.engine.nothing()
    if (!record.endpoint) {
      throw new ConfigurationError('limiter.check(request): no route is matched yet; call it in the handler of a route')
    }
    return andThen(this.engineFor(request).decide(request, record.method, record.endpoint), (outcome) =>
      this.conclude(request, outcome),
    )
  }

  /** Which limits this request meets at the route it has reached, and which it does not, and why. Charges nothing. */
  explain(request: Req): MaybePromise<Explanation> {
    const record = this.requireRecord(request, 'explain')
    const { endpoint, method } = record
    if (!endpoint) return { endpoint: undefined, method, applies: [], skipped: [], exempt: true }
    return andThen(this.engine.batches.gather({ request, method, endpoint }), (gathered) =>
      explanationOf(endpoint, method, gathered),
    )
  }

  /**
   * Forgets what a client has spent: of declared limits, on one endpoint or on all. Limits and scopes that functions give
   * have to be named by `limits` and `scope`. Answers how many keys were looked at, whether anything was in them or not.
   */
  async clear(target: ClearTarget): Promise<number> {
    const keys = clearKeys(target, this.settings, this.endpoints())
    if (keys.length > 0) await this.engine.call((storage) => storage.forget(keys))
    return keys.length
  }

  /** Forgets everything that this limiter's `keyPrefix` covers. Answers how many keys that were. */
  async reset(): Promise<number> {
    const count = await this.engine.call((storage) => storage.reset(keyPrefix(this.settings.keyPrefix)))
    this.reporter.wasReset(count)
    return count
  }

  /**
   * Connects to the storage, for start-up code. Rejects with a StorageError where that fails, or takes longer than 10 s and
   * `storageTimeout`, and with a ConfigurationError where the storage cannot be used.
   */
  async ready(): Promise<void> {
    await this.engine.connect()
  }

  /** Gives up what the limiter itself has opened. */
  async close(): Promise<void> {
    await this.engine.storage.close()
  }

  on<E extends keyof LimiterEvents<Req>>(event: E, listener: (event: LimiterEvents<Req>[E]) => void): this {
    this.#events.on(event, listener)
    return this
  }

  off<E extends keyof LimiterEvents<Req>>(event: E, listener: (event: LimiterEvents<Req>[E]) => void): this {
    this.#events.off(event, listener)
    return this
  }

  /** Counts declarations, so that what was compiled before one is compiled anew after it. @internal */
  get revision(): number {
    return this.#revision
  }

  /** What decides a request: for all requests the same, unless each brings its storage. @internal */
  engineFor(_request: Req): Engine<Req, Res> {
    return this.engine
  }

  /** @internal */
  groupOf(target: object): Group<Req, Res> | undefined {
    return this.#groups.get(target)
  }

  /** @internal */
  compile(endpoint: Endpoint<Req, Res>): CompiledEndpoint<Req, Res> {
    return this.engine.compile(endpoint, 'common')
  }

  /** Takes over what was decided by hand; throws it when it is a refusal. @internal */
  conclude(request: Req, outcome: Outcome<Req, Res>): Decision {
    this.note(request, outcome)
    if (outcome.refusal) throw toError(outcome.refusal)
    return outcome
  }

  /**
   * What is left to decide at an endpoint after others have been reached by the same request: nothing is counted twice.
   * @internal
   */
  remaining(
    endpoint: CompiledEndpoint<Req, Res>,
    earlier: readonly CompiledEndpoint<Req, Res>[],
  ): CompiledEndpoint<Req, Res> {
    const counted = earlier.filter(({ declaration }) => declaration.exemption !== 'all')
    if (counted.length === 0) return endpoint
    const { name, common, declaration } = endpoint
    const other = counted.find((each) => each.name !== name)
    if (other && common.application.length + common.defaults.length > 0) {
      this.reporter.warn(
        'WARN_PASSED_ON',
        `a request was counted at ${other.name} and passed on to ${name}, where only the limits of that route itself are counted; exempt a route that only passes requests on by limiter.exempt()`,
      )
    }
    const seen = new Set(
      counted.flatMap((each) => [...each.declaration.rules, ...each.declaration.groups.flatMap(({ rules }) => rules)]),
    )
    const fresh = (rules: readonly Rule<Req, Res>[]): Rule<Req, Res>[] => rules.filter((rule) => !seen.has(rule))
    const groups = declaration.groups.map(({ rules, exemption }) => ({ rules: fresh(rules), exemption }))
    return this.engine.compile({ ...declaration, rules: fresh(declaration.rules), groups }, 'none')
  }

  /** @internal */
  requireRecord(request: Req, method: string): RequestRecord<Req, Res> {
    const isRequest = typeof request === 'object' && (request as Req | null) !== null
    const record = isRequest ? this.recordOf(request) : undefined
    if (record) return record
    throw new ConfigurationError(
      `limiter.${method}(request): this limiter does not know the request ${show(request)}; was limiter.init(app) called for the app that handles it?`,
    )
  }

  /** The rule of `limit()` and `sharedLimit()`. */
  protected declareLimit(notation: Notation<Req>, options: LimitOptions<Req, Res>, where: string): Rule<Req, Res> {
    checkLimitOptions(options, where)
    return createRule('route', notation, options, this.settings.ruleDefaults, where)
  }

  /** The rule of `sharedLimit()`. */
  protected declareSharedLimit(notation: Notation<Req>, options: SharedLimitOptions<Req, Res>): Rule<Req, Res> {
    const where = 'limiter.sharedLimit'
    checkLimitOptions(options ?? {}, where)
    if (typeof options?.scope !== 'function' && (typeof options?.scope !== 'string' || options.scope === '')) {
      throw new ConfigurationError(
        `${where}: scope: expected the name of what is shared, or a function of the endpoint, got ${show(options?.scope)}`,
      )
    }
    return createRule('route', notation, { ...options, shared: true }, this.settings.ruleDefaults, where)
  }

  /** Adds limits to a group. */
  protected declareGroup(
    target: object,
    limits: Notation<Req> | readonly LimitEntry<Req, Res>[],
    options: LimitOptions<Req, Res>,
  ): void {
    const where = 'limiter.group'
    checkLimitOptions(options, where)
    const entries = Array.isArray(limits) ? (limits as readonly LimitEntry<Req, Res>[]) : [limits as Notation<Req>]
    const rules = entries.map((entry, index) => {
      const at = entries.length === 1 ? where : `${where}: limits[${index}]`
      const full = typeof entry === 'object' && entry !== null ? filledIn(entry, options) : entry
      return ruleOf<Req, Res>('group', full, options, this.settings.ruleDefaults, at)
    })
    const known = this.#groups.get(target)
    this.#groups.set(target, { rules: [...(known?.rules ?? []), ...rules], exemption: known?.exemption })
    this.#revision += 1
  }

  /** Exempts a group. */
  protected declareGroupExemption(target: object, scopes: ExemptionScopes | undefined): void {
    const exemption = checkScopes(scopes, 'limiter.exempt')
    this.#groups.set(target, { rules: this.#groups.get(target)?.rules ?? [], exemption })
    this.#revision += 1
  }
}

/** What `exempt(scopes)` means: bare, everything; else exactly what is named. */
export function checkScopes(scopes: ExemptionScopes | undefined, where: string): Exemption {
  if (scopes === undefined) return 'all'
  if (typeof scopes !== 'object' || scopes === null) {
    throw new ConfigurationError(`${where}: expected scopes such as { default: true }, got ${show(scopes)}`)
  }
  checkNames(scopes, SCOPES, where)
  for (const [name, value] of Object.entries(scopes)) checkType(value, `${where}: ${name}`, 'boolean')
  if (!Object.values(scopes).includes(true)) {
    throw new ConfigurationError(
      `${where}: expected at least one scope that is true (${SCOPES.join(', ')}), got ${show(scopes)}; leave it out to exempt from everything`,
    )
  }
  return { ...scopes }
}
