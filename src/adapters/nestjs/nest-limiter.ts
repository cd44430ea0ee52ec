import { ConfigurationError } from '../../errors.ts'
import { type CodeLimit, HttpLimiter } from '../../http/http-limiter.ts'
import { isClusterWorker } from '../../http/runtime.ts'
import { checkType } from '../../limiter/check-options.ts'
import type { CompiledEndpoint } from '../../limiter/compiled-endpoint.ts'
import { type CurrentLimit, type Decision, toError } from '../../limiter/decision.ts'
import type { Explanation } from '../../limiter/explanation.ts'
import { type ConfiguredOptions, withConfigured } from '../../limiter/from-config.ts'
import type {
  ExemptionScopes,
  LimitEntry,
  LimitOptions,
  Notation,
  SharedLimitOptions,
} from '../../limiter/limit-options.ts'
import type { LimiterOptions } from '../../limiter/options.ts'
import type { Outcome } from '../../limiter/outcome.ts'
import type { Group } from '../../limiter/resolve.ts'
import { type Rule, ruleOf } from '../../limiter/rule.ts'
import { andThen } from '../../limiter/steps.ts'
import { show } from '../../show.ts'
import type { MaybePromise } from '../../storage/storage.ts'
import { type Declared, declaredOn } from './declared.ts'
import { loadExceptions, throwingExceptions, toException } from './exception.ts'
import { currentRequest, Exchange } from './exchange.ts'
import type { NestApp } from './nest-app.ts'
import type { AnyClass, Handler, Req, Res } from './types.ts'

/** The options of `createLimiter` for Nest. */
export interface NestLimiterOptions extends LimiterOptions<Req, Res> {
  /** What decorators and `@InjectLimiter()` call it by, in an app with several limiters. */
  readonly name?: string | undefined
}

/** A guard that limits everything that passes it, right where it stands; also a limit for a block of code, or a function. */
export interface LimitGuard extends CodeLimit<object> {
  canActivate(context: Req): boolean | Promise<boolean>
}

/** Makes a limiter for Nest. Throws a ConfigurationError for options that cannot be used. */
export function createLimiter(
  options: NestLimiterOptions | (Partial<NestLimiterOptions> & ConfiguredOptions),
): NestLimiter {
  return new NestLimiter(withConfigured(options as NestLimiterOptions))
}

/** Limits the handlers of Nest apps. Requests are given to it as contexts of execution, or as the framework's own. */
export class NestLimiter extends HttpLimiter<Req, Res> {
  /** What decorators and `@InjectLimiter()` call it by; empty for the one without a name. */
  readonly name: string
  readonly #apps = new Set<NestApp>()
  readonly #rules = new WeakMap<Declared, Map<'route' | 'group', Rule<Req, Res>>>()

  constructor(options: NestLimiterOptions) {
    super(options, { extraOptions: ['name'] })
    checkType(options.name, 'name', 'string')
    this.name = options.name ?? ''
  }

  /** A limit that is no decorator: a guard, for a block of code, or for a function. */
  limit(notation: Notation<Req>, options: LimitOptions<Req, Res> = {}): LimitGuard {
    return this.#limitGuard(this.declareLimit(notation, options, 'limiter.limit'))
  }

  /** The same, with one counter for all that have the same `scope`. */
  sharedLimit(notation: Notation<Req>, options: SharedLimitOptions<Req, Res>): LimitGuard {
    return this.#limitGuard(this.declareSharedLimit(notation, options))
  }

  /** Limits for the handlers of a controller or a module, counted for each by itself: what `@RateLimit` on it does. */
  group(
    target: AnyClass,
    limits: Notation<Req> | readonly LimitEntry<Req, Res>[],
    options: LimitOptions<Req, Res> = {},
  ): this {
    checkGroup(target, 'limiter.group')
    this.declareGroup(target, limits, options)
    return this
  }

  /** Exempts the handlers of a controller or a module: what `@SkipRateLimit` on it does. */
  exempt(target: AnyClass, scopes?: ExemptionScopes): this {
    checkGroup(target, 'limiter.exempt')
    this.declareGroupExemption(target, scopes)
    return this
  }

  override currentLimit(request: object): CurrentLimit | undefined {
    return super.currentLimit(contextOf(request))
  }

  override currentLimits(request: object): readonly CurrentLimit[] {
    return super.currentLimits(contextOf(request))
  }

  override check(request: object): MaybePromise<Decision> {
    return throwingExceptions(Exchange.of(request), () => super.check(contextOf(request)))
  }

  override explain(request: object): MaybePromise<Explanation> {
    return super.explain(contextOf(request))
  }

  /** @internal */
  override conclude(request: Req, outcome: Outcome<Req, Res>): Decision {
    this.note(request, outcome)
    if (outcome.refusal) throw toException(Exchange.of(request)!, toError(outcome.refusal))
    return outcome
  }

  protected override exchangeOf(request: Req): Exchange | undefined {
    return Exchange.of(request)
  }

  protected override *endpoints(): Iterable<CompiledEndpoint<Req, Res>> {
    for (const app of this.#apps) for (const route of app.routes()) yield route.endpoint(this, route.name)
  }

  /** Takes note of an app and of the limiters that are there already. @internal */
  join(app: NestApp, others: readonly NestLimiter[]): void {
    this.#apps.add(app)
    this.inspectInstallation(others, isClusterWorker())
  }

  /** A request has reached a handler: lets it pass, or throws, or rejects with, an exception of Nest. @internal */
  activate(app: NestApp, context: Req): boolean | Promise<boolean> {
    return this.#pass(context, (exchange) => this.#enterRoute(app, exchange, context))
  }

  /** What decorators and calls declare on a handler, a class or a module; undefined: nothing. @internal */
  declaredFor(
    target: AnyClass | Handler,
    source: 'route' | 'group',
    where: string = target.name,
  ): Group<Req, Res> | undefined {
    const own = declaredOn(target).filter(({ limiter }) => limiter === undefined || limiter === this.name)
    const known = this.groupOf(target)
    if (own.length === 0) return known
    const rules = own.flatMap((declared) => this.#ruleOf(declared, source, where) ?? [])
    return {
      rules: [...new Set([...rules, ...(known?.rules ?? [])])],
      exemption: known?.exemption ?? own.find(({ exemption }) => exemption)?.exemption,
    }
  }

  #ruleOf(declared: Declared, source: 'route' | 'group', where: string): Rule<Req, Res> | undefined {
    if (!declared.limit) return undefined
    let bySource = this.#rules.get(declared)
    if (!bySource) this.#rules.set(declared, (bySource = new Map()))
    let rule = bySource.get(source)
    if (!rule) {
      const { notation, options, shared, decorator } = declared.limit
      const entry = { limit: notation, ...options, ...(shared && { shared }) }
      rule = ruleOf<Req, Res>(source, entry, {}, this.settings.ruleDefaults, `${decorator} on ${where}`)
      bySource.set(source, rule)
    }
    return rule
  }

  #enterRoute(app: NestApp, exchange: Exchange, context: Req): MaybePromise<Outcome<Req, Res> | undefined> {
    const route = app.routeOf(context)
    const record = exchange.record(this)
    const name = this.engine.nameOf(context, route.name)
    record.isUnmatched = name === ''
    if (name === '') return undefined
    const endpoint = route.endpoint(this, name)
    // The guard may stand before a handler twice: for the whole app, and by `@UseGuards`.
    if (record.endpoint === endpoint) return undefined
    if (route.isSse) exchange.isSse = true
    return this.enter(exchange, endpoint, route.method(record.method))
  }

  #pass(
    context: Req,
    decide: (exchange: Exchange) => MaybePromise<Outcome<Req, Res> | undefined>,
  ): boolean | Promise<boolean> {
    const loading = loadExceptions(context.getType())
    if (loading) return loading.then(() => this.#pass(context, decide))
    const exchange = Exchange.enter(context)
    return throwingExceptions(exchange, () =>
      andThen(decide(exchange), (outcome) => {
        if (outcome?.refusal) throw toException(exchange, toError(outcome.refusal))
        return true
      }),
    ) as boolean | Promise<boolean>
  }

  #limitGuard(rule: Rule<Req, Res>): LimitGuard {
    const standing = this.standing('/', [rule])
    const { check, wrap } = this.inCode(rule, () => {
      const request = currentRequest.getStore()
      return request && Exchange.of(request)?.request
    })
    return {
      canActivate: (context) =>
        this.#pass(context, (exchange) => this.decideAt(exchange, standing, exchange.record(this).method)),
      check: (request) => throwingExceptions(Exchange.of(request), () => check(contextOf(request))),
      wrap,
    }
  }
}

/** The context in which a request has met a guard. */
function contextOf(request: object): Req {
  const known = Exchange.of(request)
  return known ? known.request : (request as Req)
}

function checkGroup(target: AnyClass, where: string): void {
  if (typeof target !== 'function')
    throw new ConfigurationError(`${where}: expected a controller or a module, got ${show(target)}`)
}
