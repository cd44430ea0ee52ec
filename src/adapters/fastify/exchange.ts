import { AsyncLocalStorage } from 'node:async_hooks'
import { HttpExchange } from '../../http/http-exchange.ts'
import type { RateLimitExceeded, ServiceUnavailable } from '../../limiter/decision.ts'
import type { Req, Res } from './types.ts'

const EXCHANGE = Symbol('sluice.exchange')

/** Knows which request is being handled, for functions that are limited by `wrap`. */
export const currentRequest: AsyncLocalStorage<Req> = new AsyncLocalStorage<Req>()

/** What is known of a request that has met a limiter. */
export class Exchange extends HttpExchange<Req, Res> {
  /** The latest error of ours that went to the error handlers. */
  error: RateLimitExceeded | ServiceUnavailable | undefined = undefined

  static of(request: object): Exchange | undefined {
    return (request as { [EXCHANGE]?: Exchange })[EXCHANGE]
  }

  static begin(request: Req): Exchange {
    const exchange = new Exchange(request, request.method)
    ;(request as { [EXCHANGE]?: Exchange })[EXCHANGE] = exchange
    return exchange
  }
}
