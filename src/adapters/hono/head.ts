import type { PresentHeaders } from '../../http/header-list.ts'
import { drop, told } from '../../http/web-response.ts'
import { isPromise } from '../../limiter/steps.ts'
import { Exchange, type NodeResponse } from './exchange.ts'
import type { Req } from './types.ts'

/** Of a response that is not made yet. */
export const NO_HEADERS: PresentHeaders = { getHeader: () => undefined }

/** Completes the head of what was answered: late charges, then, unless they are set when it is sent, the headers that tell of all. */
export async function complete(exchange: Exchange): Promise<void> {
  const context = exchange.request
  if (context.error && context.error === exchange.exception) exchange.forgetCharges()
  if (exchange.isDue) {
    const settled = exchange.settle(context.res)
    if (isPromise(settled)) await settled
  }
  if (exchange.outgoing) return
  const answered = context.res
  const complete = told(exchange, answered)
  if (complete === answered) return
  // Hono would set the headers of the one before on it.
  context.res = undefined
  context.res = complete
}

/**
 * Sets the headers when Node sends the head: they hold for whatever is answered, and cost half of what those of a `Response` do.
 */
export function tellWhenSent(exchange: Exchange): void {
  const { outgoing } = exchange
  if (!outgoing || exchange.writeHead) return
  exchange.writeHead = outgoing.writeHead
  outgoing.writeHead = tellingWriteHead
}

// One function for all responses: with a closure for each, V8 would keep requests until the next full collection.
function tellingWriteHead(this: NodeResponse, status: number, ...rest: unknown[]): unknown {
  const exchange = Exchange.answeredBy(this)
  const writeHead = exchange.writeHead!
  this.writeHead = writeHead
  const given = rest.at(-1)
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) {
    for (const [name, value] of Object.entries(rest.pop() as object)) this.setHeader(name, value as string)
  }
  exchange.tell(this, status)
  return writeHead.call(this, status, ...rest)
}

/**
 * An error leaves our middleware, and what Hono, or the app's error handler, answers it does not come by here: the headers are set
 * when the context gets that, unless they are set when it is sent.
 */
export function tellWhenFailed(exchange: Exchange): void {
  const { outgoing, request: context } = exchange
  if (outgoing) return
  if (context.req.matchedRoutes.length === 1) {
    // What fails in a lone function is answered past the context; what the context makes has them.
    const headers = exchange.headers(500, NO_HEADERS)
    for (let index = 0; index < headers.length; index += 2) context.header(headers[index]!, headers[index + 1])
    return
  }
  Object.defineProperty(context, 'res', {
    configurable: true,
    get: () => Reflect.get(Object.getPrototypeOf(context) as object, 'res', context) as Response,
    set(answered: Response) {
      Reflect.deleteProperty(context, 'res')
      context.res = told(exchange, answered)
    },
  })
}

/** Drops what was answered, so that an error can be answered instead. */
export function discard(context: Req): void {
  drop(context.res)
  context.res = undefined
  context.finalized = false
}
