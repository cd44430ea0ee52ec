import { HttpExchange } from '../../http/http-exchange.ts'
import { type AsyncContext, createAsyncContext } from '../../http/runtime.ts'
import { toResponse } from '../../http/web-response.ts'
import type { Refusal, ServiceUnavailable } from '../../limiter/decision.ts'
import type { FetchLimiter } from './fetch-limiter.ts'

const exchanges = new WeakMap<Request, Exchange>()

/** What is known of a request that a limited handler has met. */
export class Exchange extends HttpExchange<Request, Response> {
  /** What the runtime handed over beside the request. */
  readonly args: readonly unknown[]
  /** How many limited handlers, one inside the other, are at work on it. */
  depth = 0
  /** Those limiters that these handlers have. */
  readonly limiters: FetchLimiter[] = []

  constructor(request: Request, args: readonly unknown[]) {
    super(request, request.method)
    this.args = args
  }

  static of(request: Request): Exchange | undefined {
    return exchanges.get(request)
  }

  /** Enters a handler. A request that is handled anew, when the first answer is made, is a new one. */
  static enter(request: Request, args: readonly unknown[]): Exchange {
    let exchange = exchanges.get(request)
    if (!exchange || exchange.depth === 0) exchanges.set(request, (exchange = new Exchange(request, args)))
    exchange.depth += 1
    return exchange
  }

  /** Takes note of a limiter; answers whether it was not there yet. */
  isNewTo(limiter: FetchLimiter): boolean {
    return !this.limiters.includes(limiter) && this.limiters.push(limiter) > 0
  }

  /** Our answer to a request that is refused, or that cannot be decided. */
  refuse(refused: Refusal | ServiceUnavailable): Response {
    this.forgetCharges()
    const { headers, method } = this.request
    return toResponse(this.answer(refused, headers.get('Accept') ?? undefined), method)
  }
}

let context: AsyncContext<Request> | undefined

/** Knows which request is being handled, for functions that are limited by `wrap`; undefined where the runtime cannot tell. */
export function requestContext(): AsyncContext<Request> | undefined {
  return (context ??= createAsyncContext<Request>())
}
