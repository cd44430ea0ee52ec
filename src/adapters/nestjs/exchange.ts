import { AsyncLocalStorage } from 'node:async_hooks'
import { HttpExchange, type HttpRecord } from '../../http/http-exchange.ts'
import type { Outcome } from '../../limiter/outcome.ts'
import { carrierOf, type HttpRequest, httpRequestOf, isContext } from './contexts.ts'
import { watchHead } from './head.ts'
import type { Req, Res } from './types.ts'

const EXCHANGE = Symbol('sluice.exchange')

/** Knows which request of HTTP is being handled, for functions that are limited by `wrap`. */
export const currentRequest: AsyncLocalStorage<object> = new AsyncLocalStorage<object>()

/** What is known of a request, a message or a field of GraphQL that has met a limiter. */
export class Exchange extends HttpExchange<Req, Res> {
  /** Only where there is a response of HTTP that is all its own. */
  readonly response: Res | undefined
  /** The handler streams events, past what Fastify does with responses. */
  isSse = false
  /** What is done when the head of a response of Express goes out. */
  head: { expect(): void } | undefined = undefined

  constructor(context: Req, method: string) {
    super(context, method)
    this.response = context.getType() === 'http' ? context.getArgByIndex<Res>(1) : undefined
  }

  /** By a context, or by a request of HTTP. */
  static of(request: object): Exchange | undefined {
    const carrier = isContext(request) ? carrierOf(request) : request
    return (carrier as { [EXCHANGE]?: Exchange })[EXCHANGE]
  }

  static enter(context: Req): Exchange {
    const carrier = carrierOf(context) as { [EXCHANGE]?: Exchange }
    return (carrier[EXCHANGE] ??= new Exchange(context, httpRequestOf(context)?.method ?? ''))
  }

  override keep(record: HttpRecord<Req, Res>, outcome: Outcome<Req, Res>): Outcome<Req, Res> {
    super.keep(record, outcome)
    if (!this.response) return outcome
    this.request.getArgByIndex<HttpRequest>(0).rateLimit = this.decision
    if (record.limiter.writesHeaders || !outcome.allowed || this.isDue) watchHead(this, this.response)
    return outcome
  }

  /** Which form of an answer the client asks for. */
  get accept(): string | undefined {
    return httpRequestOf(this.request)?.headers['accept'] as string | undefined
  }
}
