import type { IncomingMessage, ServerResponse } from 'node:http'
import { ConfigurationError } from '../../errors.ts'
import { HandlerLimiter } from '../../http/handler-limiter.ts'
import type { HandlerOptions } from '../../http/handler-route.ts'
import type { CodeLimit } from '../../http/http-limiter.ts'
import { isAnswerable } from '../../http/http-exchange.ts'
import { createProxyTrust, type ProxyTrust, type TrustProxy } from '../../http/proxy-trust.ts'
import { runWithRequest } from '../../http/request-context.ts'
import { isClusterWorker } from '../../http/runtime.ts'
import { declare } from '../../limiter/declaration.ts'
import { type ConfiguredOptions, withConfigured } from '../../limiter/from-config.ts'
import type { LimitOptions, Notation, SharedLimitOptions } from '../../limiter/limit-options.ts'
import type { LimiterOptions } from '../../limiter/options.ts'
import type { Outcome } from '../../limiter/outcome.ts'
import type { Rule } from '../../limiter/rule.ts'
import { isPromise } from '../../limiter/steps.ts'
import { show } from '../../show.ts'
import type { MaybePromise } from '../../storage/storage.ts'
import { currentRequest, Exchange } from './exchange.ts'

type Req = IncomingMessage
type Res = ServerResponse
type LaterOutcome = MaybePromise<Outcome<Req, Res> | undefined>

/** The options of `createLimiter` for `node:http`. */
export interface NodeHttpLimiterOptions extends LimiterOptions<Req, Res> {
  /** Whom `remoteAddress` believes when a request says on whose behalf it comes. By default nobody. */
  readonly trustProxy?: TrustProxy | undefined
}

/** What answers requests. `Args` is what the server, or what stands in front, hands over beside request and response. */
export type Listener<Args extends unknown[] = []> = (request: Req, response: Res, ...args: Args) => unknown

/** A limit for listeners, for a block of code, or for a function. */
export interface ListenerLimit extends CodeLimit<Req> {
  /** The same listener behind this limit alone, which decides right here, for every request: to stand before authentication. */
  before<Args extends unknown[]>(listener: Listener<Args>): Listener<Args>
}

/** Makes a limiter for listeners of `node:http`. Throws a ConfigurationError for options that cannot be used. */
export function createLimiter(
  options: NodeHttpLimiterOptions | (Partial<NodeHttpLimiterOptions> & ConfiguredOptions),
): NodeHttpLimiter {
  return new NodeHttpLimiter(withConfigured(options as NodeHttpLimiterOptions))
}

/** Limits listeners of `node:http`. */
export class NodeHttpLimiter extends HandlerLimiter<Req, Res> {
  /** @internal */
  readonly trust: ProxyTrust | undefined

  constructor(options: NodeHttpLimiterOptions) {
    super(options, { extraOptions: ['trustProxy'] })
    this.trust = options.trustProxy === undefined ? undefined : createProxyTrust(options.trustProxy)
  }

  /** The same listener, limited: for `createServer`, or for one route of a router of your own. */
  handler<Args extends unknown[]>(options: HandlerOptions<Req, Res>, listener: Listener<Args>): Listener<Args> {
    const route = this.declareHandler(options)
    this.inspectInstallation([], isClusterWorker())
    return this.#limited(listener, 'limiter.handler', (exchange, response, args) =>
      this.enterHandler(exchange, route, exchange.request.method ?? 'GET', [response, ...args]),
    )
  }

  /** A limit for the `limits` of a handler. */
  limit(notation: Notation<Req>, options: LimitOptions<Req, Res> = {}): ListenerLimit {
    return this.#limit(this.declareLimit(notation, options, 'limiter.limit'))
  }

  /** A limit with one counter for all the handlers that it is given to. */
  sharedLimit(notation: Notation<Req>, options: SharedLimitOptions<Req, Res>): ListenerLimit {
    return this.#limit(this.declareSharedLimit(notation, options))
  }

  protected override exchangeOf(request: Req): Exchange | undefined {
    return Exchange.of(request)
  }

  #limit(rule: Rule<Req, Res>): ListenerLimit {
    const standing = this.standing('/', [rule])
    const limit: ListenerLimit = {
      ...this.inCode(rule, () => currentRequest.getStore()),
      before: (listener) =>
        this.#limited(listener, 'limiter.limit(…).before', (exchange) =>
          this.decideAt(exchange, standing, exchange.request.method ?? 'GET'),
        ),
    }
    return declare(limit, { limiter: this, rule })
  }

  #limited<Args extends unknown[]>(
    listener: Listener<Args>,
    where: string,
    decide: (exchange: Exchange, response: Res, args: Args) => LaterOutcome,
  ): Listener<Args> {
    if (typeof listener !== 'function') {
      throw new ConfigurationError(`${where}: expected a listener, got ${show(listener)}`)
    }
    return (request, response, ...args) => {
      const exchange = Exchange.enter(request, response)
      if (exchange.isNewTo(this)) this.inspectInstallation(exchange.limiters, false)
      const listen = (): unknown => listener(request, response, ...args)
      let outcome: LaterOutcome
      try {
        outcome = decide(exchange, response, args)
      } catch (error) {
        return exchange.fail(error)
      }
      if (!isPromise(outcome)) return this.#conclude(exchange, outcome, listen)
      return outcome.then(
        (later) => this.#conclude(exchange, later, listen),
        (error: unknown) => exchange.fail(error),
      )
    }
  }

  #conclude(exchange: Exchange, outcome: Outcome<Req, Res> | undefined, listen: () => unknown): unknown {
    if (outcome?.refusal) return exchange.refuse(outcome.refusal)
    const { request } = exchange
    try {
      const result = this.wraps ? runWithRequest(currentRequest, request, request, listen) : listen()
      return isPromise(result) ? result.then(undefined, (error: unknown) => this.#failed(exchange, error)) : result
    } catch (error) {
      return this.#failed(exchange, error)
    }
  }

  /** A refusal by `check()` or `wrap()` is answered like any other; any other error is for who called the listener. */
  #failed(exchange: Exchange, error: unknown): void {
    if (!isAnswerable(error)) throw error
    exchange.refuse(error)
  }
}
