import cluster from 'node:cluster'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ConfigurationError } from '../../errors.ts'
import { type CodeLimit, hiddenExemption, HttpLimiter, unknownApp } from '../../http/http-limiter.ts'
import { checkChoice } from '../../limiter/check-options.ts'
import type { CompiledEndpoint } from '../../limiter/compiled-endpoint.ts'
import { type ConfiguredOptions, withConfigured } from '../../limiter/from-config.ts'
import type {
  ExemptionScopes,
  LimitEntry,
  LimitOptions,
  Notation,
  SharedLimitOptions,
} from '../../limiter/limit-options.ts'
import { checkScopes } from '../../limiter/limiter.ts'
import type { LimiterOptions } from '../../limiter/options.ts'
import type { Outcome } from '../../limiter/outcome.ts'
import type { Rule } from '../../limiter/rule.ts'
import { show } from '../../show.ts'
import type { MaybePromise } from '../../storage/storage.ts'
import { declareMiddleware } from './declarations.ts'
import { endpointsOf } from './endpoints.ts'
import { currentRequest, Exchange } from './exchange.ts'
import { hookApp, hookRouter } from './hook.ts'
import { type Application, isApplication, isRouter, type Next } from './internals.ts'
import type { RouteView } from './scope.ts'
import type { AppOrRouter, Req, Res } from './types.ts'

/** The options of `createLimiter` for Express. */
export interface ExpressLimiterOptions extends LimiterOptions<Req, Res> {
  /** `answer` (the default): refusals are answered here. `next`: they go to the app's error handlers as RateLimitExceeded. */
  readonly errors?: 'answer' | 'next' | undefined
}

/**
 * A middleware that limits the route it is attached to, or, by `app.use`, everything that passes it. It takes any request, so
 * that the handlers beside it know the parameters of their route.
 */
export interface LimitMiddleware extends CodeLimit<Req> {
  (request: IncomingMessage, response: ServerResponse, next: Next): void
}

/** A middleware that exempts the route it is attached to. */
export type ExemptMiddleware = (request: IncomingMessage, response: ServerResponse, next: Next) => void

/** Makes a limiter for Express 4 and 5. Throws a ConfigurationError for options that cannot be used. */
export function createLimiter(
  options: ExpressLimiterOptions | (Partial<ExpressLimiterOptions> & ConfiguredOptions),
): ExpressLimiter {
  return new ExpressLimiter(withConfigured(options as ExpressLimiterOptions))
}

/** Limits the routes of Express apps. */
export class ExpressLimiter extends HttpLimiter<Req, Res> {
  /** Whether refusals are answered here. @internal */
  readonly answersItself: boolean
  readonly #apps = new Set<Application>()
  readonly #standing = new WeakMap<Rule<Req, Res>, WeakMap<object, CompiledEndpoint<Req, Res>>>()

  constructor(options: ExpressLimiterOptions) {
    super(options, { extraOptions: ['errors'] })
    checkChoice(options.errors, 'errors', ['answer', 'next'])
    this.answersItself = options.errors !== 'next'
  }

  /** Limits an app: all its routes, those declared before and those declared after. */
  init(app: AppOrRouter): this {
    if (!isApplication(app)) {
      throw new ConfigurationError(`limiter.init: expected an Express app, made by express(), got ${show(app)}`)
    }
    if (Exchange.isHandling) {
      this.reporter.warn(
        'WARN_LIMITER_IN_HANDLER',
        'limiter.init(app) was called while a request is handled: a limiter made for each request counts from zero each time; make it once, at start-up',
      )
    }
    this.inspectInstallation(hookApp(app, this), cluster.isWorker)
    this.#apps.add(app)
    return this
  }

  /** A limit for a route: put it before the handler. */
  limit(notation: Notation<Req>, options: LimitOptions<Req, Res> = {}): LimitMiddleware {
    return this.#middleware(this.declareLimit(notation, options, 'limiter.limit'))
  }

  /** A limit with one counter for all the routes it is attached to. */
  sharedLimit(notation: Notation<Req>, options: SharedLimitOptions<Req, Res>): LimitMiddleware {
    return this.#middleware(this.declareSharedLimit(notation, options))
  }

  /** Limits for the routes of a router or a mounted app, counted for each route by itself. */
  group(
    target: AppOrRouter,
    limits: Notation<Req> | readonly LimitEntry<Req, Res>[],
    options: LimitOptions<Req, Res> = {},
  ): this {
    this.#checkGroup(target, 'limiter.group')
    this.declareGroup(target, limits, options)
    return this
  }

  /** Exempts the route it is attached to: bare from every limit, with scopes from exactly those. */
  exempt(scopes?: ExemptionScopes): ExemptMiddleware
  /** Exempts the routes of a router or a mounted app. */
  exempt(target: AppOrRouter, scopes?: ExemptionScopes): this
  exempt(first?: ExemptionScopes | AppOrRouter, scopes?: ExemptionScopes): ExemptMiddleware | this {
    if (typeof first === 'function') {
      this.#checkGroup(first, 'limiter.exempt')
      this.declareGroupExemption(first, scopes)
      return this
    }
    const exemption = checkScopes(first, 'limiter.exempt')
    const exempt: ExemptMiddleware = (request, _response, next) => {
      if (!this.settings.enabled) return next()
      const exchange = Exchange.of(request)
      if (exchange?.isStanding) {
        next(
          new ConfigurationError(
            'limiter.exempt() exempts the route it is attached to; for a router write limiter.exempt(router)',
          ),
        )
      } else if (exchange?.isExempt(this) === false) next(hiddenExemption())
      else next()
    }
    return declareMiddleware(exempt, { limiter: this, exemption })
  }

  protected override exchangeOf(request: Req): Exchange | undefined {
    return Exchange.of(request)
  }

  protected override *endpoints(): Iterable<CompiledEndpoint<Req, Res>> {
    for (const app of this.#apps) yield* endpointsOf(app, this)
  }

  /** A request has reached a route. @internal */
  enterRoute(exchange: Exchange, view: RouteView): MaybePromise<Outcome<Req, Res> | undefined> {
    const name = this.engine.nameOf(exchange.request, view.name)
    exchange.record(this).isUnmatched = name === ''
    return name === '' ? undefined : this.enter(exchange, view.endpoints.get(this, name), view.method)
  }

  /** The endpoint of a middleware that limits right where it stands, and what that place is called. @internal */
  standingEndpoint(rule: Rule<Req, Res>, place: object, name: string): CompiledEndpoint<Req, Res> {
    let byPlace = this.#standing.get(rule)
    if (!byPlace) this.#standing.set(rule, (byPlace = new WeakMap()))
    let endpoint = byPlace.get(place)
    if (!endpoint) byPlace.set(place, (endpoint = this.standing(name, [rule])))
    return endpoint
  }

  #middleware(rule: Rule<Req, Res>): LimitMiddleware {
    const limit = (request: IncomingMessage, _response: ServerResponse, next: Next): void => {
      if (!this.settings.enabled) return next()
      const exchange = Exchange.of(request)
      if (!exchange?.limiters.includes(this)) return next(unknownApp())
      exchange.enterLimit(this, rule, next)
    }
    const code = this.inCode(rule, () => currentRequest.getStore())
    return declareMiddleware(Object.assign(limit, code), { limiter: this, rule })
  }

  #checkGroup(target: object, where: string): void {
    if (isApplication(target)) hookApp(target, undefined)
    else if (isRouter(target)) hookRouter(target)
    else throw new ConfigurationError(`${where}: expected an Express router or app, got ${show(target)}`)
  }
}
