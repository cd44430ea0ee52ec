import { AsyncLocalStorage } from 'node:async_hooks'
import { HttpExchange, type HttpRecord } from '../../http/http-exchange.ts'
import { type Refusal, toError } from '../../limiter/decision.ts'
import type { Outcome } from '../../limiter/outcome.ts'
import { isPromise } from '../../limiter/steps.ts'
import type { KoaLimiter } from './koa-limiter.ts'
import type { RouteRecord } from './route-record.ts'
import type { Req, Res } from './types.ts'

const EXCHANGE = Symbol('sluice.exchange')

/** Knows which request is being handled, for functions that are limited by `wrap`. */
export const currentRequest: AsyncLocalStorage<Req> = new AsyncLocalStorage<Req>()

/** What is known of a request while an app with a limiter handles it. */
export class Exchange extends HttpExchange<Req, Res> {
  /** The limiters of the app, in the order of their `init`. */
  readonly limiters: readonly KoaLimiter[]
  /** The route that the request is in; undefined: none has taken it. */
  route: RouteRecord | undefined = undefined
  /** It was asked, once, whether the request may go without a route. */
  isUnmatched = false
  /** Prefixes that koa-mount was about to take off the path, and the path with them; undefined: none. */
  #mounts: { readonly prefix: string; readonly path: string }[] | undefined = undefined

  constructor(ctx: Req, limiters: readonly KoaLimiter[]) {
    super(ctx, ctx.method)
    this.limiters = limiters
  }

  static of(ctx: Req): Exchange | undefined {
    return (ctx as { [EXCHANGE]?: Exchange })[EXCHANGE]
  }

  static begin(ctx: Req, limiters: readonly KoaLimiter[]): Exchange {
    const exchange = new Exchange(ctx, limiters)
    ;(ctx as { [EXCHANGE]?: Exchange })[EXCHANGE] = exchange
    return exchange
  }

  override keep(record: HttpRecord<Req, Res>, outcome: Outcome<Req, Res>): Outcome<Req, Res> {
    super.keep(record, outcome)
    ;(this.request.state as { rateLimit?: unknown }).rateLimit = this.decision
    return outcome
  }

  /** Told by koa-mount. */
  enterMount(prefix: string): void {
    ;(this.#mounts ??= []).push({ prefix, path: this.request.path })
  }

  /** A pattern behind the prefixes that koa-mount has taken off the path, and has not put back. */
  mounted(pattern: string): string {
    if (!this.#mounts) return pattern
    let { path } = this.request
    let whole = pattern === '/' ? '' : pattern
    for (const mount of this.#mounts.toReversed()) {
      if ((mount.path.slice(mount.prefix.length) || '/') !== path) continue
      path = mount.path
      whole = mount.prefix + whole
    }
    return whole || pattern
  }

  /** Enters a route: every limiter decides, one after the other, before its first middleware runs. Rejects with a refusal. */
  enterRoute(route: RouteRecord, next: () => unknown): unknown {
    this.route = route
    return this.#enter(route, next, 0)
  }

  /** No route has taken the request: every limiter decides whether it may be answered so. Rejects with a refusal. */
  enterUnmatched(): unknown {
    this.isUnmatched = true
    return this.#enter(undefined, () => undefined, 0)
  }

  /** Goes on, unless this is a refusal: an error on its way up through the middleware of the app. */
  goOn(outcome: Outcome<Req, Res> | undefined, next: () => unknown): unknown {
    return outcome?.refusal ? this.#refuse(outcome.refusal) : next()
  }

  /** Lets limiters decide, and goes on: at once for as long as nothing has to be awaited. */
  #enter(route: RouteRecord | undefined, next: () => unknown, from: number): unknown {
    for (let index = from; index < this.limiters.length; index += 1) {
      const limiter = this.limiters[index]!
      const outcome = route ? limiter.enterRoute(this, route) : limiter.enterUnmatched(this, this.request.method)
      if (isPromise(outcome)) {
        return outcome.then((later) => this.goOn(later, () => this.#enter(route, next, index + 1)))
      }
      if (outcome?.refusal) return this.#refuse(outcome.refusal)
    }
    return next()
  }

  /**
   * Rejects when those who wait for it have begun to: a promise that rejects before that is told to the whole process, twice.
   * Whoever answers the error: nothing is charged for that.
   */
  #refuse(refusal: Refusal): Promise<never> {
    this.forgetCharges()
    return new Promise((_resolve, reject) => queueMicrotask(() => reject(toError(refusal))))
  }
}
