import { Exchange, type LaterOutcome, type Passage } from './exchange.ts'
import type { ExpressLimiter } from './express-limiter.ts'
import type { Handle, Layer, Next } from './internals.ts'
import type { RouteView, Scope } from './scope.ts'
import type { Req, Res } from './types.ts'

/** A request is about to enter a route. */
export class RouteEntry implements Passage {
  readonly next: Next
  readonly #exchange: Exchange
  readonly #layer: Layer
  readonly #original: Handle
  readonly #request: Req
  readonly #response: Res
  readonly #scope: Scope
  readonly #view: RouteView

  constructor(exchange: Exchange, layer: Layer, original: Handle, request: Req, response: Res, next: Next) {
    this.next = next
    this.#exchange = exchange
    this.#layer = layer
    this.#original = original
    this.#request = request
    this.#response = response
    this.#scope = exchange.scope
    this.#view = exchange.scope.route(layer.route!).view(exchange.request.method)
  }

  decide(limiter: ExpressLimiter): LaterOutcome {
    return limiter.enterRoute(this.#exchange, this.#view)
  }

  /** Runs the handlers of the route. */
  proceed(): void {
    Exchange.isHandling = true
    this.#exchange.isInRoute = true
    try {
      this.#original.call(this.#layer, this.#request, this.#response, (error) => this.#passOn(error))
    } finally {
      Exchange.isHandling = false
    }
  }

  #passOn(error: unknown): void {
    this.#exchange.scope = this.#scope
    this.#exchange.isInRoute = false
    this.#exchange.goOn(error, this.next)
  }
}
