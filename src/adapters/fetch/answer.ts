import { isAnswerable } from '../../http/http-exchange.ts'
import { drop, told } from '../../http/web-response.ts'
import { ServiceUnavailable } from '../../limiter/decision.ts'
import type { Outcome } from '../../limiter/outcome.ts'
import { settled, type Steps } from '../../limiter/steps.ts'
import type { MaybePromise } from '../../storage/storage.ts'
import type { Exchange } from './exchange.ts'

/** Decides, lets the handler answer, and completes the answer: at once for as long as nothing has to be awaited. */
export function* answer(
  exchange: Exchange,
  decide: () => MaybePromise<Outcome<Request, Response> | undefined>,
  proceed: () => MaybePromise<Response>,
): Steps<Response> {
  let response: Response
  try {
    const refusal = (yield* settled(decide()))?.refusal
    response = refusal ? exchange.refuse(refusal) : yield* settled(proceed())
  } catch (error) {
    if (!isAnswerable(error)) {
      if (exchange.depth === 1) yield* settleFailed(exchange)
      throw error
    }
    response = exchange.refuse(error)
  } finally {
    exchange.depth -= 1
  }
  // Of handlers one inside the other, the outermost sends the head.
  return exchange.depth > 0 ? response : yield* complete(exchange, response)
}

/** The head of the answer: late charges, then the headers that tell of all. */
function* complete(exchange: Exchange, response: Response): Steps<Response> {
  let sent = response
  if (exchange.isDue) {
    try {
      yield* settled(exchange.settle(response))
    } catch (error) {
      drop(response)
      if (!(error instanceof ServiceUnavailable)) throw error
      sent = exchange.refuse(error)
    }
  }
  return told(exchange, sent)
}

/** What a handler throws is answered by the runtime, with 500. */
function* settleFailed(exchange: Exchange): Steps<void> {
  if (!exchange.isDue) return
  try {
    yield* settled(exchange.settle(new Response(null, { status: 500 })))
  } catch (error) {
    exchange.settledTooLate(error)
  }
}
