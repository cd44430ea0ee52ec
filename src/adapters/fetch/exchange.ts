import { HttpExchange } from '../../http/http-exchange.ts'
import { type AsyncContext, createAsyncContext } from '../../http/runtime.ts'
import { toResponse } from '../../http/web-response.ts'
import type { Refusal, ServiceUnavailable } from '../../limiter/decision.ts'
import type { FetchLimiter } from './fetch-limiter.ts'

const exchanges = new WeakMap<Request, Exchange>()

/** What is known of a request that a limited handler has met. */
export class Exchange extends HttpExchange<Request, Response> {
  /** How many limited handlers, one inside the other, are at work on it. */
  depth = 0
  /** Those limiters that these handlers have. */
  readonly limiters: FetchLimiter[] = []
  /** What was handed over beside the request to the outermost handler of each. */
  readonly #args: (readonly unknown[])[] = []

  constructor(request: Request) {
    super(request, request.method)
  }

  static of(request: Request): Exchange | undefined {
    return exchanges.get(request)
  }

  /** Enters a handler. A request that is handled anew, when the first answer is made, is a new one. */
  static enter(request: Request): Exchange {
    let exchange = exchanges.get(request)
    if (!exchange || exchange.depth === 0) exchanges.set(request, (exchange = new Exchange(request)))
    exchange.depth += 1
    return exchange
  }

  /** Takes note of a limiter, and of what its handler was handed; answers whether it was not there yet. */
  isNewTo(limiter: FetchLimiter, args: readonly unknown[]): boolean {
    if (this.limiters.includes(limiter)) return false
    this.limiters.push(limiter)
    this.#args.push(args)
    return true
  }

  /** What was handed over beside the request to the limiter that is deciding; to one without a handler here, to the outermost. */
  get args(): readonly unknown[] {
    return this.#args[this.limiters.indexOf(this.deciding as FetchLimiter)] ?? this.#args[0]!
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
