import type { HandlerLimiter } from '../../src/http/handler-limiter.ts'
import type { HandlerOptions } from '../../src/http/handler-route.ts'
import type { CodeLimit } from '../../src/http/http-limiter.ts'
import type { AdapterLimiter } from '../../src/testing/index.ts'

/** A limiter of handlers, whose limits can be given to a handler. */
export interface LimiterOfHandlers<Req extends object, Res> extends HandlerLimiter<Req, Res>, AdapterLimiter<Req, Res> {
  limit(...args: Parameters<AdapterLimiter<Req, Res>['limit']>): CodeLimit<Req>
}

/** A route, for a router of our own. */
export interface LimitedRoute<Handler> {
  readonly methods: readonly string[]
  /** Such as `/t/:id`. */
  readonly pattern: string
  readonly handler: Handler
}

/** Puts a handler inside that of a limiter. */
export type Limit<Req, Res, L, Handler> = (limiter: L, options: HandlerOptions<Req, Res>, handler: Handler) => Handler

/** Puts handlers inside those of several limiters. */
export class LimitedHandlers<Req extends object, Res, L extends LimiterOfHandlers<Req, Res>, Handler> {
  readonly #limiters: readonly L[]
  readonly #limit: Limit<Req, Res, L, Handler>

  constructor(limiters: Iterable<L>, limit: Limit<Req, Res, L, Handler>) {
    this.#limiters = [...limiters]
    this.#limit = limit
  }

  /** A handler of requests that no route takes, limited as such. */
  unmatched(handler: Handler): Handler {
    return this.limited(() => ({ endpoint: () => '' }), handler)
  }

  /** A handler inside those of all limiters, the first outermost. */
  protected limited(optionsOf: (limiter: L) => HandlerOptions<Req, Res>, handler: Handler): Handler {
    return this.#limiters.reduceRight((inner, limiter) => this.#limit(limiter, optionsOf(limiter), inner), handler)
  }
}
