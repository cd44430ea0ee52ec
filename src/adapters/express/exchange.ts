import { AsyncLocalStorage } from 'node:async_hooks'
import { combineDecisions } from '../../http/combine-decisions.ts'
import type { CompiledEndpoint } from '../../limiter/compiled-endpoint.ts'
import { type Decision, RateLimitExceeded, type Refusal, ServiceUnavailable, toError } from '../../limiter/decision.ts'
import type { Outcome } from '../../limiter/outcome.ts'
import { RequestRecord } from '../../limiter/request-record.ts'
import type { Rule } from '../../limiter/rule.ts'
import { isPromise } from '../../limiter/steps.ts'
import type { MaybePromise } from '../../storage/storage.ts'
import type { ExpressLimiter } from './express-limiter.ts'
import { Head } from './head.ts'
import type { Layer, Next } from './internals.ts'
import type { RouteView, Scope } from './scope.ts'
import type { Req, Res } from './types.ts'

const EXCHANGE = Symbol('sluice.exchange')

/** Knows which request is being handled, for functions that are limited by `wrap`. */
export const currentRequest: AsyncLocalStorage<Req> = new AsyncLocalStorage<Req>()

/** What is known of a request while an app with a limiter handles it. */
export class Exchange {
  readonly request: Req
  readonly response: Res
  /** The place in the tree of routers where the request is. */
  scope: Scope
  /** A route has taken the request. */
  isMatched = false
  /** A middleware of ours is about to run outside of any route. */
  isStanding = false
  /** The limiter that is deciding. */
  deciding: ExpressLimiter | undefined = undefined
  /** Whether a route's handlers are running right now, up to their first wait. */
  static isHandling = false
  /** The limiters of the apps that the request is in, in the order of their `init`. */
  #limiters: readonly ExpressLimiter[]
  /** Pairs in an array: nearly every request meets one limiter, and a Map would cost more than its decision. */
  readonly #records: [ExpressLimiter, RequestRecord<Req, Res>][] = []
  /** Where limits have decided that stand outside of routes: one that is met again at the same place is counted already. */
  readonly #standing: CompiledEndpoint<Req, Res>[] = []
  #head: Head | undefined = undefined

  constructor(request: Req, response: Res, scope: Scope, limiters: readonly ExpressLimiter[]) {
    this.request = request
    this.response = response
    this.scope = scope
    this.#limiters = limiters
    this.#watchForUnmatched(limiters)
  }

  static of(request: object): Exchange | undefined {
    return (request as { [EXCHANGE]?: Exchange })[EXCHANGE]
  }

  static begin(request: Req, response: Res, scope: Scope, limiters: readonly ExpressLimiter[]): Exchange {
    const exchange = new Exchange(request, response, scope, limiters)
    ;(request as { [EXCHANGE]?: Exchange })[EXCHANGE] = exchange
    return exchange
  }

  get head(): Head {
    return (this.#head ??= new Head(this))
  }

  /** The limiters in force where the request is. */
  get limiters(): readonly ExpressLimiter[] {
    return this.#limiters
  }

  /** Enters an app that is mounted in another one; answers how to leave it. */
  enterApp(scope: Scope, limiters: readonly ExpressLimiter[]): () => void {
    const { scope: outerScope } = this
    const outerLimiters = this.#limiters
    const added = limiters.filter((limiter) => !outerLimiters.includes(limiter))
    this.scope = scope
    this.#limiters = added.length > 0 ? [...outerLimiters, ...added] : outerLimiters
    this.#watchForUnmatched(added)
    return () => {
      this.scope = outerScope
      this.#limiters = outerLimiters
    }
  }

  record(limiter: ExpressLimiter): RequestRecord<Req, Res> {
    for (const [owner, record] of this.#records) if (owner === limiter) return record
    const record = new RequestRecord<Req, Res>(this.request.method)
    this.#records.push([limiter, record])
    return record
  }

  /** The records of all limiters that have met this request. */
  get records(): Iterable<[ExpressLimiter, RequestRecord<Req, Res>]> {
    return this.#records
  }

  /** Enters a route: every limiter decides, one after the other, before the first handler runs. */
  enterRoute(layer: Layer, next: Next, proceed: (next: Next) => void): void {
    this.isMatched = true
    const route = this.scope.route(layer.route!)
    const view = route.view(this.request.method)
    const { scope } = this
    const decide = (limiter: ExpressLimiter) =>
      this.#enter(limiter, limiter.endpointAt(route, view, this.request), view)
    this.#decide(this.#limiters, 0, decide, next, () => {
      Exchange.isHandling = true
      try {
        proceed((error?: unknown) => {
          this.scope = scope
          this.goOn(error, next)
        })
      } finally {
        Exchange.isHandling = false
      }
    })
  }

  #enter(
    limiter: ExpressLimiter,
    endpoint: CompiledEndpoint<Req, Res> | undefined,
    view: RouteView,
  ): MaybePromise<Outcome<Req, Res> | undefined> {
    const record = this.record(limiter)
    record.isUnmatched = !endpoint
    if (!endpoint) return undefined
    const isFirst = record.endpoints.length === 0
    const here = !limiter.settings.autoCheck
      ? undefined
      : isFirst
        ? endpoint
        : limiter.remaining(endpoint, record.endpoints)
    record.endpoints.push(endpoint)
    record.method = view.method
    return here && limiter.engine.decide(this.request, view.method, here)
  }

  /** A middleware that limits is reached: inside a route its limit is decided already; elsewhere it decides right here. */
  enterLimit(limiter: ExpressLimiter, rule: Rule<Req, Res>, next: Next): void {
    const endpoint = this.isStanding ? undefined : this.record(limiter).endpoint
    this.isStanding = false
    if (endpoint?.declaration.rules.includes(rule)) return next()
    const here = limiter.standingEndpoint(rule, endpoint ?? this.scope, endpoint?.name ?? (this.scope.pattern || '/'))
    const isCounted = this.#standing.some(
      ({ name, declaration }) => name === here.name && declaration.rules.includes(rule),
    )
    if (isCounted) return next()
    this.#standing.push(here)
    this.#decide(
      [limiter],
      0,
      () => limiter.engine.decide(this.request, this.request.method, here),
      next,
      () => next(),
    )
  }

  /** Lets limiters decide one after the other, at once for as long as nothing has to be awaited. */
  #decide(
    limiters: readonly ExpressLimiter[],
    from: number,
    decide: (limiter: ExpressLimiter) => MaybePromise<Outcome<Req, Res> | undefined>,
    next: Next,
    proceed: () => void,
  ): void {
    for (let index = from; index < limiters.length; index += 1) {
      const limiter = limiters[index]!
      this.deciding = limiter
      let outcome: MaybePromise<Outcome<Req, Res> | undefined>
      try {
        outcome = decide(limiter)
      } catch (error) {
        return this.#fail(limiter, error, next)
      }
      if (isPromise(outcome)) {
        outcome.then(
          (later) => {
            if (this.#conclude(limiter, later, next)) this.#decide(limiters, index + 1, decide, next, proceed)
          },
          (error: unknown) => this.#fail(limiter, error, next),
        )
        return
      }
      if (!this.#conclude(limiter, outcome, next)) return
    }
    proceed()
  }

  /** Takes over what a limiter decided; false when the request has been answered. */
  #conclude(limiter: ExpressLimiter, outcome: Outcome<Req, Res> | undefined, next: Next): boolean {
    if (!outcome) return true
    this.note(limiter, outcome, next)
    if (!outcome.refusal) return true
    this.#refuse(limiter, outcome.refusal, next)
    return false
  }

  /** Keeps an outcome, and sees to it that headers and late charges follow. */
  note(limiter: ExpressLimiter, outcome: Outcome<Req, Res>, next?: Next): void {
    this.record(limiter).outcomes.push(outcome)
    if (limiter.writesHeaders || !outcome.allowed || outcome.pending.length > 0)
      this.head.expect(limiter, outcome, next)
    const decisions: Decision[] = []
    for (const [, { decision }] of this.#records) if (decision) decisions.push(decision)
    this.request.rateLimit = decisions.length === 1 ? decisions[0]! : combineDecisions(decisions)
  }

  /** Answers a refusal, or hands it to the app's error handlers where it asked for that. */
  #refuse(limiter: ExpressLimiter, refused: Refusal | ServiceUnavailable, next: Next): void {
    if (this.response.headersSent || !limiter.answersItself) {
      return next(refused instanceof Error ? refused : toError(refused))
    }
    try {
      this.head.answer(limiter, refused)
    } catch (problem) {
      next(problem)
    }
  }

  /** An error of deciding: ours to answer where it means 503, else the app's. */
  #fail(limiter: ExpressLimiter, error: unknown, next: Next): void {
    if (error instanceof ServiceUnavailable) this.#refuse(limiter, error, next)
    else next(error)
  }

  /** Goes on with what a handler or a middleware passed on: a refusal by `check()` or `wrap()` is answered like any other. */
  goOn(error: unknown, next: Next): void {
    if (!(error instanceof RateLimitExceeded || error instanceof ServiceUnavailable)) return next(error)
    const refused = this.#records.find(([, { outcomes }]) =>
      outcomes.some((outcome) => error instanceof RateLimitExceeded && outcome === error.decision),
    )
    this.#refuse(refused?.[0] ?? this.#limiters[0]!, error, next)
  }

  #watchForUnmatched(limiters: readonly ExpressLimiter[]): void {
    for (const { settings } of limiters) if (settings.unmatched.length > 0) return this.head.watch()
  }
}
