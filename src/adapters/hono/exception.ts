import type { HTTPException } from 'hono/http-exception'
import { withoutStack } from '../../errors.ts'
import { impersonate } from '../../http/framework-exception.ts'
import { isAnswerable } from '../../http/http-exchange.ts'
import type { HttpAnswer } from '../../http/refusal.ts'
import { toResponse } from '../../http/web-response.ts'
import type { RateLimitExceeded, Refusal, ServiceUnavailable } from '../../limiter/decision.ts'
import { attempt } from '../../limiter/steps.ts'
import type { MaybePromise } from '../../storage/storage.ts'
import { type Exchange, requestHeader } from './exchange.ts'
import { NO_HEADERS, tellWhenSent } from './head.ts'

let exceptionClass: typeof HTTPException | undefined
let loading: Promise<void> | undefined

/** Loads Hono's exceptions; a promise until they are there. */
export function loadExceptions(): Promise<void> | undefined {
  if (exceptionClass) return undefined
  loading ??= import('hono/http-exception').then((loaded) => {
    exceptionClass = loaded.HTTPException
  })
  return loading
}

/**
 * An error of ours as Hono's own, with our answer: `instanceof` and every field say that it is both. Throws where a breach
 * function's answer cannot be sent.
 */
function toException(exchange: Exchange, error: RateLimitExceeded | ServiceUnavailable): HTTPException {
  const answer = answerTo(exchange, error)
  const { message, cause } = error
  const exception = withoutStack(() => new exceptionClass!(answer.status as 429, { message, cause }))
  // Hono makes a stream of the body first, which costs as much as ten decisions.
  exception.getResponse = () => toResponse(answer, 'GET')
  Object.defineProperty(exception, 'res', { get: () => exception.getResponse() })
  exchange.exception = impersonate(exception, error, answer.status)
  return exception
}

/** The answer to a request that is refused, where no error handler of the app wants to see it. */
export function refuse(exchange: Exchange, refusal: Refusal): Response {
  const { status, headers, body } = answerTo(exchange, refusal)
  const { outgoing, request } = exchange
  exchange.forgetCharges()
  const list: Record<string, string> = {}
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index]!
    // Node's server sends a response with one header for much less than with two.
    if (outgoing && name !== 'Content-Type') outgoing.setHeader(name, headers[index + 1]!)
    else list[name] = headers[index + 1]!
  }
  return request.newResponse(body === '' ? null : body, status as 429, list)
}

/** Our answer, with the headers that tell of the limits, unless these are set when it is sent. */
function answerTo(exchange: Exchange, refused: Refusal | ServiceUnavailable): HttpAnswer {
  const answer = exchange.answer(refused, requestHeader(exchange.request, 'accept'))
  tellWhenSent(exchange)
  if (exchange.outgoing) return answer
  return { ...answer, headers: [...answer.headers, ...exchange.headers(answer.status, NO_HEADERS)] }
}

/** What to throw for an error: of ours, Hono's own. */
export function toThrow(exchange: Exchange, error: unknown): unknown {
  return isAnswerable(error) && !(error instanceof exceptionClass!) ? toException(exchange, error) : error
}

/** Does what may fail with an error of ours, and lets it fail with Hono's. */
export function throwingExceptions<T>(
  exchange: () => Exchange | undefined,
  work: () => MaybePromise<T>,
): MaybePromise<T> {
  return attempt(work, (error): never => {
    const found = exchange()
    throw found ? toThrow(found, error) : error
  })
}
