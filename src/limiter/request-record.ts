import type { CompiledEndpoint } from './compiled-endpoint.ts'
import type { CurrentLimit, Decision } from './decision.ts'
import type { Outcome } from './outcome.ts'

const NONE: readonly never[] = []

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

  /** Something was decided. */
  keep(outcome: Outcome<Req, Res>): void {
    this.outcomes = this.outcomes.length === 0 ? [outcome] : [...this.outcomes, outcome]
  }

  /** The endpoint that the request is at. */
  get endpoint(): CompiledEndpoint<Req, Res> | undefined {
    return this.endpoints.at(-1)
  }

  /** The most telling limit of the latest decision that had any. */
  get currentLimit(): CurrentLimit | undefined {
    return this.outcomes.findLast((outcome) => outcome.limit !== undefined)?.limit
  }

  /** Every limit considered so far. */
  get currentLimits(): readonly CurrentLimit[] {
    return this.outcomes.flatMap((outcome) => outcome.limits)
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
