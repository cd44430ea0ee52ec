import { type Decision, RateLimitExceeded, type Refusal, ServiceUnavailable } from '../limiter/decision.ts'
import type { Outcome } from '../limiter/outcome.ts'
import { RequestRecord } from '../limiter/request-record.ts'
import { isPromise } from '../limiter/steps.ts'
import type { MaybePromise } from '../storage/storage.ts'
import { combineDecisions } from './combine-decisions.ts'
import type { HeaderList } from './header-list.ts'
import type { HttpLimiter } from './http-limiter.ts'
import { type HttpAnswer, refusal, unavailable } from './refusal.ts'
import { mergeRetryAfter } from './retry-after.ts'

/** What one limiter knows of one request. */
export class HttpRecord<Req extends object, Res> extends RequestRecord<Req, Res> {
  readonly limiter: HttpLimiter<Req, Res>

  constructor(limiter: HttpLimiter<Req, Res>, method: string) {
    super(method)
    this.limiter = limiter
  }
}

const NONE: readonly never[] = []

/** What is known of a request from its first limiter until the head of its response goes out. */
export class HttpExchange<Req extends object, Res> {
  readonly request: Req
  /** The limiter that is deciding. */
  deciding: HttpLimiter<Req, Res> | undefined = undefined
  readonly #method: string
  /** Nearly every request meets one limiter only. */
  #records: readonly HttpRecord<Req, Res>[] = NONE
  /** Outcomes with charges that wait for the response; undefined: none. */
  #due: { readonly limiter: HttpLimiter<Req, Res>; readonly outcome: Outcome<Req, Res> }[] | undefined = undefined

  constructor(request: Req, method: string) {
    this.request = request
    this.#method = method
  }

  /** What a limiter knows of the request. */
  record(limiter: HttpLimiter<Req, Res>): HttpRecord<Req, Res> {
    for (const record of this.#records) if (record.limiter === limiter) return record
    const record = new HttpRecord<Req, Res>(limiter, this.#method)
    this.#records = this.#records === NONE ? [record] : [...this.#records, record]
    return record
  }

  /** Keeps an outcome, so that headers and late charges follow. */
  keep(record: HttpRecord<Req, Res>, outcome: Outcome<Req, Res>): Outcome<Req, Res> {
    record.outcomes.push(outcome)
    if (outcome.pending.length > 0) (this.#due ??= []).push({ limiter: record.limiter, outcome })
    return outcome
  }

  /** What was decided so far; with several limiters, the tightest of it. */
  get decision(): Decision | undefined {
    const decisions: Decision[] = []
    for (const { decision } of this.#records) if (decision) decisions.push(decision)
    return decisions.length > 1 ? combineDecisions(decisions) : decisions[0]
  }

  /** Whether charges wait for the response. */
  get isDue(): boolean {
    return this.#due !== undefined
  }

  /** Makes the charges that wait for the response, all at once. Fails as `onStorageError` and `onCallbackError` say. */
  settle(response: Res): MaybePromise<void> {
    const due = this.#due ?? []
    this.#due = undefined
    const waits: PromiseLike<void>[] = []
    for (const { limiter, outcome } of due) {
      const settled = limiter.engineFor(this.request).settle(outcome, this.request, response)
      if (isPromise(settled)) waits.push(settled)
    }
    return waits.length > 0 ? Promise.all(waits).then(() => undefined) : undefined
  }

  /** A refusal is sent: it is never offered to `deductWhen`. */
  forgetCharges(): void {
    this.#due = undefined
  }

  /** A late charge failed when the response could no longer wait for it. */
  settledTooLate(error: unknown): void {
    this.#records[0]?.limiter.reporter.swallowed('deduct-failed-swallowed', error)
  }

  /**
   * The headers that tell of the limits, on a response of this status. `present` answers what the application itself has set
   * by a name.
   */
  headers(status: number, present: (name: string) => string | undefined): HeaderList {
    const writers: HttpLimiter<Req, Res>[] = []
    const decisions: Decision[] = []
    for (const { limiter, decision } of this.#records) {
      // Without a set of headers only a refusal says something, and only where it is what the client gets.
      if (!decision || !(limiter.writesHeaders || (!decision.allowed && status >= 400))) continue
      writers.push(limiter)
      decisions.push(decision)
    }
    if (decisions.length === 0) return NONE
    const decision = decisions.length > 1 ? combineDecisions(decisions) : decisions[0]!
    const all: string[] = []
    for (const limiter of writers) {
      const list = this.#listHeaders(limiter, decision)
      for (let index = 0; index < list.length; index += 2) {
        const name = list[index]!
        const value = list[index + 1]!
        const foreign = limiter.isRetryAfter(name) ? present(name) : undefined
        all.push(name, foreign === undefined ? value : mergeRetryAfter(value, foreign, decision.now))
      }
    }
    return all
  }

  /** Our answer to a request that is refused, or that cannot be decided. Throws where a breach function's answer cannot be sent. */
  answer(refused: Refusal | ServiceUnavailable, accept: string | undefined): HttpAnswer {
    if (refused instanceof ServiceUnavailable) return unavailable(accept)
    const own = this.#records.find(({ outcomes }) => outcomes.some((outcome) => outcome === refused.decision))
    return refusal(refused, accept, (problem) =>
      (own ?? this.#records[0])?.limiter.engine.callbackFailed(this.request, problem),
    )
  }

  /** None where the user's `headers` function fails: whoever writes them could not do anything about it. */
  #listHeaders(limiter: HttpLimiter<Req, Res>, decision: Decision): HeaderList {
    try {
      return limiter.writeHeaders(decision)
    } catch (error) {
      limiter.reporter.callbackFailed(this.request, error)
      limiter.reporter.swallowed('headers-failed-swallowed', error)
      return NONE
    }
  }
}

/** Whether an error is one of those that {@link HttpExchange.answer} answers. */
export function isAnswerable(error: unknown): error is RateLimitExceeded | ServiceUnavailable {
  return error instanceof RateLimitExceeded || error instanceof ServiceUnavailable
}
