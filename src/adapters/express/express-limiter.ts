import cluster from 'node:cluster'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ConfigurationError } from '../../errors.ts'
import { checkIpv6Prefix } from '../../http/client-address.ts'
import { createHeaderWriter, type HeaderWriter } from '../../http/headers.ts'
import { checkChoice, show } from '../../limiter/check-options.ts'
import { Checkpoint } from '../../limiter/checkpoint.ts'
import { UNMATCHED } from '../../limiter/clear.ts'
import type { CompiledEndpoint } from '../../limiter/compiled-endpoint.ts'
import type { Decision } from '../../limiter/decision.ts'
import { type ConfiguredOptions, withConfigured } from '../../limiter/from-config.ts'
import type {
  ExemptionScopes,
  LimitEntry,
  LimitOptions,
  Notation,
  SharedLimitOptions,
} from '../../limiter/limit-options.ts'
import { checkScopes, Limiter } from '../../limiter/limiter.ts'
import type { LimiterOptions } from '../../limiter/options.ts'
import type { Outcome } from '../../limiter/outcome.ts'
import type { RequestRecord } from '../../limiter/request-record.ts'
import type { Rule } from '../../limiter/rule.ts'
import type { MaybePromise } from '../../storage/storage.ts'
import { declare } from './declaration.ts'
import { endpointsOf } from './endpoints.ts'
import { currentRequest, Exchange } from './exchange.ts'
import { hookApp, hookRouter } from './hook.ts'
import { type Application, isApplication, isRouter, type Next } from './internals.ts'
import type { RouteRecord, RouteView } from './scope.ts'
import type { AppOrRouter, Req, Res } from './types.ts'

/** The options of `createLimiter` for Express. */
export interface ExpressLimiterOptions extends LimiterOptions<Req, Res> {
  /** `answer` (the default): refusals are answered here. `next`: they go to the app's error handlers as RateLimitExceeded. */
  readonly errors?: 'answer' | 'next'
}

/**
 * A middleware that limits the route it is attached to, or, by `app.use`, everything that passes it. It takes any request, so
 * that the handlers beside it know the parameters of their route.
 */
export interface LimitMiddleware {
  (request: IncomingMessage, response: ServerResponse, next: Next): void
  /** Counts a block of code inside a handler. Throws, or rejects with, RateLimitExceeded. */
  check(request: Req): MaybePromise<Decision>
  /** The same function, counted on every call while a request is handled. Throws, or rejects with, RateLimitExceeded. */
  wrap<This, Args extends unknown[], Result>(
    fn: (this: This, ...args: Args) => Result,
  ): (this: This, ...args: Args) => MaybePromise<Awaited<Result>> | Result
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
export class ExpressLimiter extends Limiter<Req, Res> {
  /** Whether refusals are answered here. @internal */
  readonly answersItself: boolean
  /** @internal */
  readonly ipv6Prefix: number
  /** Whether allowed answers carry headers. @internal */
  readonly writesHeaders: boolean
  /** @internal */
  readonly writeHeaders: HeaderWriter
  /** The endpoint of requests that no route takes. @internal */
  readonly unmatchedEndpoint: CompiledEndpoint<Req, Res>
  /** Whether a function is limited by `wrap`. @internal */
  wraps = false
  readonly #retryAfterName: string
  readonly #apps = new Set<Application>()
  readonly #standing = new WeakMap<Rule<Req, Res>, WeakMap<object, CompiledEndpoint<Req, Res>>>()

  constructor(options: ExpressLimiterOptions) {
    super(options, ['errors'])
    checkChoice(options.errors, 'errors', ['answer', 'next'])
    this.answersItself = options.errors !== 'next'
    this.ipv6Prefix = checkIpv6Prefix(options.ipv6Prefix ?? 64)
    const { headers, headerNames, retryAfter } = options
    this.writeHeaders = createHeaderWriter({ headers, headerNames, retryAfter })
    this.writesHeaders = headers !== undefined && (!Array.isArray(headers) || headers.length > 0)
    this.#retryAfterName = (headerNames?.retryAfter ?? 'Retry-After').toLowerCase()
    this.unmatchedEndpoint = this.engine.compile(
      { name: UNMATCHED, rules: this.settings.unmatched, exemption: undefined, groups: [] },
      'none',
    )
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
    if (cluster.isWorker && this.engine.storage.name === 'memory') {
      this.reporter.warn(
        'WARN_MEMORY_WORKERS',
        'this process is one of several workers, and each counts in its own memory: clients get as many times the limit as there are workers; use a storage that they share',
      )
    }
    const limiters = hookApp(app, this)
    this.#apps.add(app)
    if (limiters.some((other) => other !== this && other.settings.keyPrefix === this.settings.keyPrefix)) {
      this.reporter.warn(
        'WARN_SAME_PREFIX',
        `two limiters on one app have the same keyPrefix ${show(this.settings.keyPrefix)}: on one storage, equal limits would be counted twice; give each its own`,
      )
    }
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
      if (!Exchange.of(request)?.isStanding) return next()
      next(
        new ConfigurationError(
          'limiter.exempt() exempts the route it is attached to; for a router write limiter.exempt(router)',
        ),
      )
    }
    return declare(exempt, { limiter: this, exemption })
  }

  protected override note(request: Req, outcome: Outcome<Req, Res>): void {
    Exchange.of(request)!.note(this, outcome)
  }

  protected override recordOf(request: Req): RequestRecord<Req, Res> | undefined {
    return Exchange.of(request)?.record(this)
  }

  protected override *endpoints(): Iterable<CompiledEndpoint<Req, Res>> {
    for (const app of this.#apps) yield* endpointsOf(app, this)
  }

  /** The endpoint of a route for a request; undefined where `requestIdentifier` says that it has none. @internal */
  endpointAt(route: RouteRecord, view: RouteView, request: Req): CompiledEndpoint<Req, Res> | undefined {
    const name = this.engine.nameOf(request, view.name)
    return name === '' ? undefined : route.endpoint(this, view, name)
  }

  /** The endpoint of a middleware that limits right where it stands, and what that place is called. @internal */
  standingEndpoint(rule: Rule<Req, Res>, place: object, name: string): CompiledEndpoint<Req, Res> {
    let byPlace = this.#standing.get(rule)
    if (!byPlace) this.#standing.set(rule, (byPlace = new WeakMap()))
    let endpoint = byPlace.get(place)
    if (!endpoint) {
      const declaration = { name, rules: [rule], exemption: undefined, groups: [] }
      byPlace.set(place, (endpoint = this.engine.compile(declaration, 'none')))
    }
    return endpoint
  }

  /** @internal */
  isRetryAfter(name: string): boolean {
    return name.length === this.#retryAfterName.length && name.toLowerCase() === this.#retryAfterName
  }

  #middleware(rule: Rule<Req, Res>): LimitMiddleware {
    const checkpoint = new Checkpoint(this, rule)
    const limit = (request: IncomingMessage, _response: ServerResponse, next: Next): void => {
      if (!this.settings.enabled) return next()
      const exchange = Exchange.of(request)
      if (!exchange?.limiters.includes(this)) {
        return next(
          new ConfigurationError(
            'limiter.limit(…) runs in an app that its limiter does not know; call limiter.init(app)',
          ),
        )
      }
      exchange.enterLimit(this, rule, next)
    }
    const check = (request: Req): MaybePromise<Decision> => checkpoint.check(request)
    const wrap: LimitMiddleware['wrap'] = (fn) => {
      this.wraps = true
      return checkpoint.wrap(fn, () => currentRequest.getStore())
    }
    return declare(Object.assign(limit, { check, wrap }), { limiter: this, rule })
  }

  #checkGroup(target: object, where: string): void {
    if (isApplication(target)) hookApp(target, undefined)
    else if (isRouter(target)) hookRouter(target)
    else throw new ConfigurationError(`${where}: expected an Express router or app, got ${show(target)}`)
  }
}
