import type { EpochMs } from '../clock.ts'
import { isLimiterError, LimiterError, withoutStack } from '../errors.ts'
import type { RateLimit } from '../limit/rate-limit.ts'
import type { StrategyName } from '../strategy/strategy.ts'

/** Where a limit was declared. */
export type LimitSource = 'application' | 'default' | 'route' | 'group' | 'check' | 'meta' | 'fallback' | 'unmatched'

/** One limit as a request met it. */
export interface CurrentLimit {
  readonly limit: RateLimit
  /** The policy name in headers and metrics: the `name` option, else made of where it was declared and its size. */
  readonly name: string
  readonly strategy: StrategyName
  readonly source: LimitSource
  /** The key of its state in the storage. */
  readonly key: string
  /** Whether several endpoints spend from it. */
  readonly shared: boolean
  /** Whether it refused this request. */
  readonly breached: boolean
  /** What this request costs it. */
  readonly cost: number
  /** What is left after this request. With 10 per minute and six requests so far, 4. */
  readonly remaining: number
  /** When `remaining` next grows, in ms since the epoch. */
  readonly resetAt: EpochMs
  /** When a request of this cost would pass, in ms since the epoch; undefined: never. */
  readonly retryAt: EpochMs | undefined
}

/** What became of a request. */
export interface Decision {
  readonly allowed: boolean
  /** The instant at which all of it was decided, or was charged after the response, in ms since the epoch. */
  readonly now: EpochMs
  /** Who decided: the storage, the process's own memory during an outage (`local`), or nobody (`none`: nothing to decide, or an outage that lets requests pass). */
  readonly source: 'storage' | 'local' | 'none'
  /** The limit that says most: the one that refused, else the one nearest to this route. */
  readonly limit: CurrentLimit | undefined
  /** Every limit considered, in the order in which they were decided. */
  readonly limits: readonly CurrentLimit[]
  /** The limit whose text the refusal carries; undefined when allowed. */
  readonly refusedBy: CurrentLimit | undefined
  /** Refused: when this request would pass as far as is known, in ms since the epoch; undefined when allowed, or never. */
  readonly retryAt: EpochMs | undefined
}

/** What a breach function may answer instead of the usual refusal. */
export interface Answer {
  /** HTTP status; 429 if left out. */
  readonly status?: number | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Sent as it is; an object is sent as JSON. */
  readonly body?: string | object | undefined
}

/**
 * What there is to say of a refused request. It becomes an error only where it is thrown: the stack that every error gathers
 * costs several times as much as a decision.
 */
export interface Refusal {
  /** The limit in words ("1 per 1 day"), or the `errorMessage`. Meant for the client. */
  readonly description: string
  /** What a breach function answered, to be sent instead of the usual refusal. */
  readonly answer: Answer | undefined
  readonly decision: Decision
}

/** A request was refused: thrown by `check()` and `wrap()`, and by adapters whose framework expects a throw. */
export class RateLimitExceeded extends LimiterError implements Refusal {
  /** Also of what a framework throws instead of it, such as an HTTPException of Hono that was made of one. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isLimiterError(value) && value.code === 'ERR_RATE_LIMITED'
  }

  readonly status = 429
  readonly statusCode = 429
  /** The message is meant for the client: what Koa asks of an error, and what else answers those of http-errors. */
  readonly expose = true
  /** The limit in words ("1 per 1 day"), or the `errorMessage`. Meant for the client. */
  readonly description: string
  readonly limit: CurrentLimit
  /** Seconds to wait, rounded up, at least 1; undefined where this request can never pass. */
  readonly retryAfter: number | undefined
  readonly decision: Decision
  /** What a breach function answered, to be sent instead of the usual refusal. */
  readonly answer: Answer | undefined

  constructor(decision: Decision, limit: CurrentLimit, description: string, answer?: Answer) {
    super('ERR_RATE_LIMITED', description)
    this.decision = decision
    this.limit = limit
    this.description = description
    this.retryAfter =
      decision.retryAt === undefined ? undefined : Math.max(1, Math.ceil((decision.retryAt - decision.now) / 1000))
    this.answer = answer
  }
}

/** A refusal, to be thrown. */
export function toError({ decision, description, answer }: Refusal): RateLimitExceeded {
  return withoutStack(() => new RateLimitExceeded(decision, decision.refusedBy!, description, answer))
}

/** The storage could not decide and `onStorageError: 'refuse'` says to refuse: answered by 503. `cause` is the storage's error. */
export class ServiceUnavailable extends LimiterError {
  /** Also of what a framework throws instead of it. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isLimiterError(value) && (value as Partial<ServiceUnavailable>).statusCode === 503
  }

  readonly status = 503
  readonly statusCode = 503

  constructor(cause: LimiterError) {
    super(cause.code, 'The request cannot be checked against its limits at the moment.', { cause })
  }
}
