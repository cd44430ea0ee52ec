import { AsyncLocalStorage } from 'node:async_hooks'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { HttpExchange, type HttpRecord, isAnswerable } from '../../http/http-exchange.ts'
import type { HttpAnswer } from '../../http/refusal.ts'
import { ResponseHead } from '../../http/response-head.ts'
import type { Refusal, ServiceUnavailable } from '../../limiter/decision.ts'
import type { Outcome } from '../../limiter/outcome.ts'
import type { NodeHttpLimiter } from './node-http-limiter.ts'

const EXCHANGE = Symbol('sluice.exchange')

/** Knows which request is being handled, for functions that are limited by `wrap`. */
export const currentRequest: AsyncLocalStorage<IncomingMessage> = new AsyncLocalStorage<IncomingMessage>()

const FAILED: HttpAnswer = {
  status: 500,
  headers: ['Content-Type', 'text/plain; charset=utf-8', 'Cache-Control', 'no-store'],
  body: 'Internal Server Error',
}

/** What is known of a request that a limited listener has met. */
export class Exchange extends HttpExchange<IncomingMessage, ServerResponse> {
  /** The limiters of the listeners that it has met. */
  readonly limiters: NodeHttpLimiter[] = []
  readonly #response: ServerResponse
  readonly #head: ResponseHead<IncomingMessage, ServerResponse>

  constructor(request: IncomingMessage, response: ServerResponse) {
    super(request, request.method ?? 'GET')
    this.#response = response
    this.#head = new ResponseHead(this, response, response, (error) => this.fail(error))
  }

  static of(request: IncomingMessage): Exchange | undefined {
    return (request as { [EXCHANGE]?: Exchange })[EXCHANGE]
  }

  static enter(request: IncomingMessage, response: ServerResponse): Exchange {
    const known = Exchange.of(request)
    if (known) return known
    const exchange = new Exchange(request, response)
    ;(request as { [EXCHANGE]?: Exchange })[EXCHANGE] = exchange
    return exchange
  }

  /** Takes note of a limiter; answers whether it was not there yet. */
  isNewTo(limiter: NodeHttpLimiter): boolean {
    return !this.limiters.includes(limiter) && this.limiters.push(limiter) > 0
  }

  override keep(
    record: HttpRecord<IncomingMessage, ServerResponse>,
    outcome: Outcome<IncomingMessage, ServerResponse>,
  ): Outcome<IncomingMessage, ServerResponse> {
    super.keep(record, outcome)
    this.request.rateLimit = this.decision!
    if (record.limiter.writesHeaders || !outcome.allowed || this.isDue) this.#head.expect()
    return outcome
  }

  /** Answers a request that is refused, or that cannot be decided. */
  refuse(refused: Refusal | ServiceUnavailable): void {
    try {
      this.#send(this.answer(refused, this.request.headers.accept))
    } catch (error) {
      this.fail(error)
    }
  }

  /** Something went wrong while a request was decided, or charged: there is nobody else who could answer. */
  fail(error: unknown): void {
    if (isAnswerable(error)) return this.refuse(error)
    this.limiters[0]?.reporter.checkFailed(error)
    this.#send(FAILED)
  }

  #send(answer: HttpAnswer): void {
    if (this.#response.headersSent) this.#response.destroy()
    else this.#head.answer(answer)
  }
}
