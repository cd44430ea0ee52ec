import { AsyncLocalStorage } from 'node:async_hooks'
import { HttpExchange, type HttpRecord, isAnswerable } from '../../http/http-exchange.ts'
import { clearBody, ResponseHead } from '../../http/response-head.ts'
import type { CompiledEndpoint } from '../../limiter/compiled-endpoint.ts'
import { type Refusal, ServiceUnavailable, toError } from '../../limiter/decision.ts'
import type { Outcome } from '../../limiter/outcome.ts'
import type { Rule } from '../../limiter/rule.ts'
import { isPromise } from '../../limiter/steps.ts'
import type { MaybePromise } from '../../storage/storage.ts'
import type { ExpressLimiter } from './express-limiter.ts'
import type { Next } from './internals.ts'
import type { Scope } from './scope.ts'
import type { Req, Res } from './types.ts'

const EXCHANGE = Symbol('sluice.exchange')
const NONE: readonly never[] = []

export type LaterOutcome = MaybePromise<Outcome<Req, Res> | undefined>

/** What limiters decide about: what follows where all of them let the request pass, and who hears of an error. */
export interface Passage {
  readonly next: Next
  decide(limiter: ExpressLimiter): LaterOutcome
  proceed(): void
}

/** Knows which request is being handled, for functions that are limited by `wrap`. */
export const currentRequest: AsyncLocalStorage<Req> = new AsyncLocalStorage<Req>()

/** What is known of a request while an app with a limiter handles it. */
export class Exchange extends HttpExchange<Req, Res> {
  readonly response: Res
  /** The place in the tree of routers where the request is. */
  scope: Scope
  /** A route has taken the request. */
  isMatched = false
  /** The request is inside a route. */
  isInRoute = false
  /** A middleware of ours is about to run outside of any route. */
  isStanding = false
  /** Whether a route's handlers are running right now, up to their first wait. */
  static isHandling = false
  /** The limiters of the apps that the request is in, in the order of their `init`. */
  limiters: readonly ExpressLimiter[]
  /** Where limits have decided that stand outside of routes: one that is met again at the same place is counted already. */
  #standing: readonly CompiledEndpoint<Req, Res>[] = NONE
  #head: ResponseHead<Req, Res> | undefined = undefined
  /** What hears of a late charge that fails. */
  #next: Next | undefined = undefined

  constructor(request: Req, response: Res, scope: Scope, limiters: readonly ExpressLimiter[]) {
    super(request, request.method)
    this.response = response
    this.scope = scope
    this.limiters = limiters
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

  /** Enters an app that is mounted in another one; answers how to leave it. */
  enterApp(scope: Scope, limiters: readonly ExpressLimiter[]): () => void {
    const { scope: outerScope, limiters: outerLimiters } = this
    const added = limiters.filter((limiter) => !outerLimiters.includes(limiter))
    this.scope = scope
    if (added.length > 0) this.limiters = [...outerLimiters, ...added]
    this.#watchForUnmatched(added)
    return () => {
      this.scope = outerScope
      this.limiters = outerLimiters
    }
  }

  override keep(record: HttpRecord<Req, Res>, outcome: Outcome<Req, Res>): Outcome<Req, Res> {
    super.keep(record, outcome)
    if (record.limiter.writesHeaders || !outcome.allowed || this.isDue) this.#headOfResponse().expect()
    this.request.rateLimit = this.decision!
    return outcome
  }

  /** Enters a route: every limiter decides, one after the other, before the first handler runs. */
  enterRoute(passage: Passage): void {
    this.isMatched = true
    this.#decide(this.limiters, 0, passage)
  }

  /** A middleware that limits is reached: inside a route its limit is decided already; elsewhere it decides right here. */
  enterLimit(limiter: ExpressLimiter, rule: Rule<Req, Res>, next: Next): void {
    const endpoint = this.isStanding ? undefined : this.record(limiter).endpoint
    if (endpoint?.declaration.rules.includes(rule)) return next()
    if (endpoint && this.isInRoute) limiter.warnOfHiddenLimit(endpoint.name)
    const here = limiter.standingEndpoint(rule, endpoint ?? this.scope, endpoint?.name ?? (this.scope.pattern || '/'))
    const isCounted = this.#standing.some(
      ({ name, declaration }) => name === here.name && declaration.rules.includes(rule),
    )
    if (isCounted) return next()
    this.#standing = [...this.#standing, here]
    const decide = (): LaterOutcome => limiter.decideAt(this, here, this.request.method)
    this.#decide([limiter], 0, { next, decide, proceed: next })
  }

  /** Lets limiters decide one after the other, at once for as long as nothing has to be awaited. */
  #decide(limiters: readonly ExpressLimiter[], from: number, passage: Passage): void {
    for (let index = from; index < limiters.length; index += 1) {
      const limiter = limiters[index]!
      let outcome: LaterOutcome
      try {
        outcome = passage.decide(limiter)
      } catch (error) {
        return this.#fail(limiter, error, passage.next)
      }
      if (isPromise(outcome)) return this.#decideLater(outcome, limiters, index, passage)
      if (!this.#passes(limiter, outcome, passage.next)) return
    }
    passage.proceed()
  }

  #decideLater(
    outcome: PromiseLike<Outcome<Req, Res> | undefined>,
    limiters: readonly ExpressLimiter[],
    index: number,
    passage: Passage,
  ): void {
    const limiter = limiters[index]!
    outcome.then(
      (later) => {
        if (this.#passes(limiter, later, passage.next)) this.#decide(limiters, index + 1, passage)
      },
      (error: unknown) => this.#fail(limiter, error, passage.next),
    )
  }

  /** Whether a request may go on; else it has been answered. */
  #passes(limiter: ExpressLimiter, outcome: Outcome<Req, Res> | undefined, next: Next): boolean {
    if (this.isDue) this.#next = next
    if (!outcome?.refusal) return true
    this.#refuse(limiter, outcome.refusal, next)
    return false
  }

  /** Answers a refusal, or hands it to the app's error handlers where it asked for that. */
  #refuse(limiter: ExpressLimiter, refused: Refusal | ServiceUnavailable, next: Next): void {
    if (this.response.headersSent || !limiter.answersItself) {
      return next(refused instanceof Error ? refused : toError(refused))
    }
    try {
      this.#answer(refused)
    } catch (problem) {
      next(problem)
    }
  }

  #answer(refused: Refusal | ServiceUnavailable): void {
    this.#headOfResponse().answer(this.answer(refused, this.request.headers.accept))
  }

  /** An error of deciding: ours to answer where it means 503, else the app's. */
  #fail(limiter: ExpressLimiter, error: unknown, next: Next): void {
    if (error instanceof ServiceUnavailable) this.#refuse(limiter, error, next)
    else next(error)
  }

  /** Goes on with what a handler or a middleware passed on: a refusal by `check()` or `wrap()` is answered like any other. */
  goOn(error: unknown, next: Next): void {
    if (!isAnswerable(error)) return next(error)
    const refuser = this.refuser(error) as ExpressLimiter | undefined
    this.#refuse(refuser ?? this.limiters[0]!, error, next)
  }

  /** Whether a limiter sees an exemption on the route that the request is in; undefined: it knows of no such route. */
  isExempt(limiter: ExpressLimiter): boolean | undefined {
    const isKnown = this.isInRoute && this.limiters.includes(limiter)
    const endpoint = isKnown ? this.record(limiter).endpoint : undefined
    return endpoint && endpoint.declaration.exemption !== undefined
  }

  #headOfResponse(): ResponseHead<Req, Res> {
    const { response } = this
    return (this.#head ??= new ResponseHead(this, response, response, (error) => this.#failLate(error)))
  }

  #watchForUnmatched(limiters: readonly ExpressLimiter[]): void {
    for (const { settings } of limiters) {
      if (settings.unmatched.length > 0) return this.#headOfResponse().watch(() => this.#decideUnmatched())
    }
  }

  /** The head of an answer is about to be sent. If no route has taken the request, limiters may answer instead. */
  #decideUnmatched(): MaybePromise<void> {
    const { request, response } = this
    const isOptions = request.method === 'OPTIONS' && response.hasHeader('Allow')
    if (this.isMatched || (response.statusCode !== 404 && response.statusCode !== 405 && !isOptions)) return undefined
    return this.#enterUnmatched(this.limiters, 0)
  }

  #enterUnmatched(limiters: readonly ExpressLimiter[], from: number): MaybePromise<void> {
    for (let index = from; index < limiters.length; index += 1) {
      const outcome = limiters[index]!.enterUnmatched(this, this.request.method)
      if (isPromise(outcome)) {
        return outcome.then((later) =>
          later?.refusal ? this.#answer(later.refusal) : this.#enterUnmatched(limiters, index + 1),
        )
      }
      if (outcome?.refusal) return this.#answer(outcome.refusal)
    }
  }

  /** The answer cannot be given as it is: the late charge, or the limits of an unmatched request, failed. */
  #failLate(error: unknown): void {
    this.forgetCharges()
    if (error instanceof ServiceUnavailable) return this.#answer(error)
    const { response } = this
    clearBody(response)
    response.statusCode = 500
    if (this.#next) return this.#next(error)
    this.limiters[0]?.reporter.checkFailed(error)
    this.#headOfResponse().answer({ status: 500, headers: NONE, body: '' })
  }
}
