import { type Decision, RateLimitExceeded, ServiceUnavailable } from '../limiter/decision.ts'
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
class HttpRecord<Req extends object, Res> extends RequestRecord<Req, Res> {
  readonly limiter: HttpLimiter<Req, Res>

  constructor(limiter: HttpLimiter<Req, Res>, method: string) {
    super(method)
    this.limiter = limiter
  }
}

/** What is known of a request from its first limiter until the head of its response goes out. */
export class HttpExchange<Req extends object, Res> {
  readonly request: Req
  /** The limiter that is deciding. */
  deciding: HttpLimiter<Req, Res> | undefined = undefined
  readonly #method: string
  readonly #records: HttpRecord<Req, Res>[] = []
  /** Outcomes with charges that wait for the response; undefined: none. */
  #due: { readonly limiter: HttpLimiter<Req, Res>; readonly outcome: Outcome<Req, Res> }[] | undefined = undefined

  constructor(request: Req, method: string) {
    this.request = request
    this.#method = method
  }

  /** What a limiter knows of the request. */
  record(limiter: HttpLimiter<Req, Res>): RequestRecord<Req, Res> {
    for (const record of this.#records) if (record.limiter === limiter) return record
    const record = new HttpRecord<Req, Res>(limiter, this.#method)
    this.#records.push(record)
    return record
  }

  /** Keeps an outcome, so that headers and late charges follow. */
  note(limiter: HttpLimiter<Req, Res>, outcome: Outcome<Req, Res>): void {
    this.record(limiter).outcomes.push(outcome)
    if (outcome.pending.length > 0) (this.#due ??= []).push({ limiter, outcome })
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
      const settled = limiter.engine.settle(outcome, this.request, response)
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

  /** The headers that tell of the limits. `present` answers what the application itself has set by a name. */
  headers(present: (name: string) => string | undefined): HeaderList {
    const telling = this.#records.filter(
      ({ limiter, decision }) => decision && (limiter.writesHeaders || !decision.allowed),
    )
    if (telling.length === 0) return NO_HEADERS
    const decisions = telling.map(({ decision }) => decision!)
    const decision = decisions.length > 1 ? combineDecisions(decisions) : decisions[0]!
    const all: string[] = []
    for (const { limiter } of telling) {
      const list = limiter.writeHeaders(decision)
      for (let index = 0; index < list.length; index += 2) {
        const name = list[index]!
        const value = list[index + 1]!
        const foreign = limiter.isRetryAfter(name) ? present(name) : undefined
        all.push(name, foreign === undefined ? value : mergeRetryAfter(value, foreign, decision.now))
      }
    }
    return all
  }

  /** Our answer to a request that was refused, or could not be decided. Throws where a breach function's answer cannot be sent. */
  answer(error: RateLimitExceeded | ServiceUnavailable, accept: string | undefined): HttpAnswer {
    if (error instanceof ServiceUnavailable) return unavailable(accept)
    const refused = this.#records.find(({ outcomes }) => outcomes.some((outcome) => outcome.refusal === error))
    return refusal(error, accept, (problem) =>
      (refused ?? this.#records[0])?.limiter.engine.callbackFailed(this.request, problem),
    )
  }
}

const NO_HEADERS: HeaderList = []

/** Whether an error is one that {@link HttpExchange.answer} answers. */
export function isAnswerable(error: unknown): error is RateLimitExceeded | ServiceUnavailable {
  return error instanceof RateLimitExceeded || error instanceof ServiceUnavailable
}
