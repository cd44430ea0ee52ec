import { ConfigurationError } from '../../errors.ts'
import { HandlerLimiter } from '../../http/handler-limiter.ts'
import type { HandlerOptions } from '../../http/handler-route.ts'
import type { CodeLimit } from '../../http/http-limiter.ts'
import { createProxyTrust, type ProxyTrust, type TrustProxy } from '../../http/proxy-trust.ts'
import { isClusterWorker } from '../../http/runtime.ts'
import { checkType } from '../../limiter/check-options.ts'
import { declare } from '../../limiter/declaration.ts'
import { type ConfiguredOptions, withConfigured } from '../../limiter/from-config.ts'
import type { BoundStorage } from '../../limiter/bound-engines.ts'
import type { LimitOptions, Notation, SharedLimitOptions } from '../../limiter/limit-options.ts'
import type { LimiterOptions } from '../../limiter/options.ts'
import type { Outcome } from '../../limiter/outcome.ts'
import type { Rule } from '../../limiter/rule.ts'
import { run } from '../../limiter/steps.ts'
import { show } from '../../show.ts'
import type { MaybePromise } from '../../storage/storage.ts'
import { answer } from './answer.ts'
import { Exchange, requestContext } from './exchange.ts'

/** The options of `createLimiter` for handlers that turn a `Request` into a `Response`. */
export interface FetchLimiterOptions extends Omit<LimiterOptions<Request, Response>, 'storage'> {
  /** Where counters live: as everywhere, or a function of what the runtime hands to handlers: `(request, env) => env.REDIS_URL`. By default `memory://`. */
  readonly storage?:
    | LimiterOptions<Request, Response>['storage']
    | ((request: Request, ...args: never[]) => BoundStorage)
  /** Whom `remoteAddress` believes when a request says on whose behalf it comes. */
  readonly trustProxy?: TrustProxy | undefined
  /** The address of who sent a request, made of what the runtime hands to handlers: `(request, info) => info.remoteAddr.hostname`. */
  readonly address?: ((request: Request, ...args: never[]) => string) | undefined
}

/** A limit for handlers, for a block of code, or for a function. */
export interface FetchLimit extends CodeLimit<Request> {
  /** The same handler behind this limit alone, which decides right here, for every request: to stand before authentication. */
  before<R extends Request, Args extends unknown[]>(fn: Handler<R, Args>): Handler<R, Args>
}

/** What answers requests. `Args` is what the runtime hands over beside the request. */
export type Handler<R extends Request = Request, Args extends unknown[] = []> = (
  request: R,
  ...args: Args
) => MaybePromise<Response>

/** Makes a limiter for handlers that turn a `Request` into a `Response`. Throws a ConfigurationError for options that cannot be used. */
export function createLimiter(
  options: FetchLimiterOptions | (Partial<FetchLimiterOptions> & ConfiguredOptions),
): FetchLimiter {
  return new FetchLimiter(withConfigured(options as FetchLimiterOptions))
}

/** Limits handlers that turn a `Request` into a `Response`. */
export class FetchLimiter extends HandlerLimiter<Request, Response> {
  /** @internal */
  readonly trust: ProxyTrust | undefined
  /** @internal */
  readonly address: ((request: Request, ...args: readonly unknown[]) => string) | undefined

  constructor(options: FetchLimiterOptions) {
    const storageOf = options?.storage as (request: Request, ...args: readonly unknown[]) => BoundStorage
    super(options as LimiterOptions<Request, Response>, {
      extraOptions: ['trustProxy', 'address'],
      storageOf:
        typeof storageOf === 'function' ? (request) => storageOf(request, ...Exchange.of(request)!.args) : undefined,
    })
    checkType(options.address, 'address', 'function')
    this.trust = options.trustProxy === undefined ? undefined : createProxyTrust(options.trustProxy)
    this.address = options.address as FetchLimiter['address']
  }

  /** The same handler, limited. */
  handler<R extends Request, Args extends unknown[]>(
    options: HandlerOptions<Request, Response>,
    fn: Handler<R, Args>,
  ): Handler<R, Args> {
    const route = this.declareHandler(options)
    this.inspectInstallation([], isClusterWorker())
    return this.#limited(fn, 'limiter.handler', (exchange, args) =>
      this.enterHandler(exchange, route, exchange.request.method, args),
    )
  }

  /** A limit for the `limits` of a handler. */
  limit(notation: Notation<Request>, options: LimitOptions<Request, Response> = {}): FetchLimit {
    return this.#limit(this.declareLimit(notation, options, 'limiter.limit'))
  }

  /** A limit with one counter for all the handlers that it is given to. */
  sharedLimit(notation: Notation<Request>, options: SharedLimitOptions<Request, Response>): FetchLimit {
    return this.#limit(this.declareSharedLimit(notation, options))
  }

  protected override exchangeOf(request: Request): Exchange | undefined {
    return Exchange.of(request)
  }

  #limit(rule: Rule<Request, Response>): FetchLimit {
    const standing = this.standing('/', [rule])
    const code = this.inCode(rule, () => requestContext()?.getStore())
    const limit: FetchLimit = {
      check: code.check,
      wrap: (fn) => {
        if (requestContext()) return code.wrap(fn)
        throw new ConfigurationError(
          'limiter.limit(…).wrap(fn): this runtime has no AsyncLocalStorage, which tells the request; use limit.check(request)',
        )
      },
      before: (fn) =>
        this.#limited(fn, 'limiter.limit(…).before', (exchange) =>
          this.decideAt(exchange, standing, exchange.request.method),
        ),
    }
    return declare(limit, { limiter: this, rule })
  }

  #limited<R extends Request, Args extends unknown[]>(
    fn: Handler<R, Args>,
    where: string,
    decide: (exchange: Exchange, args: Args) => MaybePromise<Outcome<Request, Response> | undefined>,
  ): Handler<R, Args> {
    if (typeof fn !== 'function') throw new ConfigurationError(`${where}: expected a handler, got ${show(fn)}`)
    return (request, ...args) => {
      if (!isRequest(request)) {
        throw new ConfigurationError(
          `${where}: expected a Request, got ${show(request)}; where a framework hands over something that has one, call the handler with event.request, event`,
        )
      }
      const exchange = Exchange.enter(request)
      if (exchange.isNewTo(this, args)) this.inspectInstallation(exchange.limiters, false)
      const proceed = (): MaybePromise<Response> => fn(request, ...args)
      return run(
        answer(
          exchange,
          () => decide(exchange, args),
          () => (this.wraps ? requestContext()!.run(request, proceed) : proceed()),
        ),
      )
    }
  }
}

/** Whether something is a `Request`, also one of a library's own. */
function isRequest(value: Request | undefined): boolean {
  return typeof value?.method === 'string' && typeof value.headers?.get === 'function'
}
