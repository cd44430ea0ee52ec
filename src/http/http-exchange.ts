import { type Decision, RateLimitExceeded, type Refusal, ServiceUnavailable } from '../limiter/decision.ts'
import type { Outcome } from '../limiter/outcome.ts'
import { RequestRecord } from '../limiter/request-record.ts'
import { isPromise } from '../limiter/steps.ts'
import type { MaybePromise } from '../storage/storage.ts'
import { combineDecisions } from './combine-decisions.ts'
import { type HeaderList, type NodeHead, type PresentHeaders, setHeaders } from './header-list.ts'
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
    record.keep(outcome)
    if (outcome.pending.length > 0) (this.#due ??= []).push({ limiter: record.limiter, outcome })
    return outcome
  }

  /** What was decided so far; with several limiters, the tightest of it. */
  get decision(): Decision | undefined {
    if (this.#records.length === 1) return this.#records[0]!.decision
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

  /** The same when the response can no longer wait for it: what fails is passed over. */
  settleLate(response: Res): void {
    try {
      const settled = this.settle(response)
      if (isPromise(settled)) settled.then(undefined, (error: unknown) => this.settledTooLate(error))
    } catch (error) {
      this.settledTooLate(error)
    }
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
   * The headers that tell of the limits, on a response of this status. `present` has the headers that the application itself has
   * set.
   */
  headers(status: number, present: PresentHeaders): HeaderList {
    if (this.#records.length === 1) {
      const { limiter, decision } = this.#records[0]!
      return isTold(limiter, decision, status) ? this.#listHeaders(limiter, decision, present) : NONE
    }
    const told = this.#records.filter(({ limiter, decision }) => isTold(limiter, decision, status))
    if (told.length === 0) return NONE
    const decision = combineDecisions(told.map((record) => record.decision!))
    return told.flatMap(({ limiter }) => this.#listHeaders(limiter, decision, present))
  }

  /** Sets the headers that tell of the limits on a response of Node that is about to be sent. */
  tell(response: NodeHead, status: number = response.statusCode): void {
    setHeaders(response, this.headers(status, response))
  }

  /** Our answer to a request that is refused, or that cannot be decided. Throws where a breach function's answer cannot be sent. */
  answer(refused: Refusal | ServiceUnavailable, accept: string | undefined): HttpAnswer {
    if (refused instanceof ServiceUnavailable) return unavailable(accept)
    return refusal(refused, accept, (problem) => this.refuser(refused)?.engine.callbackFailed(this.request, problem))
  }

  /** The limiter that refused; where that is not known, the first. */
  refuser(refused: Refusal | ServiceUnavailable): HttpLimiter<Req, Res> | undefined {
    const own =
      'decision' in refused &&
      this.#records.find(({ outcomes }) => outcomes.some((outcome) => outcome === refused.decision))
    return (own || this.#records[0])?.limiter
  }

  /** None where the user's `headers` function fails: whoever writes them could not do anything about it. */
  #listHeaders(limiter: HttpLimiter<Req, Res>, decision: Decision, present: PresentHeaders): HeaderList {
    try {
      const list = limiter.writeHeaders(decision)
      for (let index = 0; index < list.length; index += 2) {
        const name = list[index]!
        const foreign = limiter.isRetryAfter(name) ? present.getHeader(name) : undefined
        if (foreign !== undefined) {
          return list.with(index + 1, mergeRetryAfter(list[index + 1]!, String(foreign), decision.now))
        }
      }
      return list
    } catch (error) {
      limiter.reporter.callbackFailed(this.request, error)
      limiter.reporter.swallowed('headers-failed-swallowed', error)
      return NONE
    }
  }
}

/** Without a set of headers only a refusal says something, and only where it is what the client gets. */
function isTold(
  limiter: { readonly writesHeaders: boolean },
  decision: Decision | undefined,
  status: number,
): decision is Decision {
  return decision !== undefined && (limiter.writesHeaders || (!decision.allowed && status >= 400))
}

/** Whether an error is one of those that {@link HttpExchange.answer} answers. */
export function isAnswerable(error: unknown): error is RateLimitExceeded | ServiceUnavailable {
  return error instanceof RateLimitExceeded || error instanceof ServiceUnavailable
}
