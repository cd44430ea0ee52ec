import type { CompiledEndpoint } from './compiled-endpoint.ts'
import type { CurrentLimit, Decision } from './decision.ts'
import type { Outcome } from './outcome.ts'

const NONE: readonly never[] = []

/** A request may ask its limits in a loop, or for as long as a connection lasts: what is kept of that is bounded. */
const MOST_OUTCOMES = 100

/** What one limiter knows of one request while it is handled. */
export class RequestRecord<Req, Res> {
  /** The endpoints that the request has reached, the present one last; none until a route is matched. */
  endpoints: readonly CompiledEndpoint<Req, Res>[] = NONE
  /** The method it counts by. */
  method: string
  /** The request has reached a route, and `requestIdentifier` says that it has no endpoint: nothing limits it. */
  isUnmatched = false
  /** What was decided so far, in order. */
  outcomes: readonly Outcome<Req, Res>[] = NONE

  constructor(method: string) {
    this.method = method
  }

  /** The request has reached an endpoint. Nearly all reach one: an array that is pushed to would have room for many. */
  reach(endpoint: CompiledEndpoint<Req, Res>): void {
    this.endpoints = this.endpoints.length === 0 ? [endpoint] : [...this.endpoints, endpoint]
  }

  /** Something was decided. Beyond what is kept, the first stays, which decided the route, and the latest. */
  keep(outcome: Outcome<Req, Res>): void {
    const { outcomes } = this
    if (outcomes.length === 0) this.outcomes = [outcome]
    else if (outcomes.length < MOST_OUTCOMES) this.outcomes = [...outcomes, outcome]
    else this.outcomes = [outcomes[0]!, ...outcomes.slice(2), outcome]
  }

  /** The endpoint that the request is at. */
  get endpoint(): CompiledEndpoint<Req, Res> | undefined {
    return this.endpoints.at(-1)
  }

  /** The most telling limit of the latest decision that had any. */
  get currentLimit(): CurrentLimit | undefined {
    return this.outcomes.findLast((outcome) => outcome.limit !== undefined)?.limit
  }

  /** Every limit considered so far, each once, in the order in which they were met, and as it was left. */
  get currentLimits(): readonly CurrentLimit[] {
    if (this.outcomes.length === 1) return this.outcomes[0]!.limits
    const limits = new Map<string, CurrentLimit>()
    for (const outcome of this.outcomes) for (const limit of outcome.limits) limits.set(limit.key, limit)
    // What was charged after the response came last.
    for (const { chargedLimits } of this.outcomes) for (const limit of chargedLimits) limits.set(limit.key, limit)
    return [...limits.values()]
  }

  /** All that was decided so far, as one decision: the latest word, with every limit considered. */
  get decision(): Decision | undefined {
    const last = this.outcomes.at(-1)
    if (!last || this.outcomes.length === 1) return last
    const { allowed, source, refusedBy, retryAt } = last
    const now = Math.max(...this.outcomes.map((outcome) => outcome.now))
    return { allowed, now, source, refusedBy, retryAt, limit: this.currentLimit, limits: this.currentLimits }
  }
}
