import { isPromise } from '../../limiter/steps.ts'
import { toThrow } from './exception.ts'
import { Exchange } from './exchange.ts'
import type { Reply } from './head.ts'

type SendDone = (error?: unknown, payload?: unknown) => void

/** The `onSend` hook of Fastify: late charges, then headers. */
export function completeReply(request: object, reply: Reply, payload: unknown, done: SendDone): void {
  const exchange = Exchange.of(request)
  if (!exchange) return done(null, payload)
  if (!exchange.isDue) return setHeaders(exchange, reply, payload, done)
  const fail = (error: unknown): void => {
    ;(payload as { destroy?: () => void } | null | undefined)?.destroy?.()
    // Fastify would keep a status of 400 and above.
    reply.code(500)
    done(toThrow(exchange, error))
  }
  try {
    const settled = exchange.settle(reply)
    if (isPromise(settled)) settled.then(() => setHeaders(exchange, reply, payload, done), fail)
    else setHeaders(exchange, reply, payload, done)
  } catch (error) {
    fail(error)
  }
}

function setHeaders(exchange: Exchange, reply: Reply, payload: unknown, done: SendDone): void {
  const headers = exchange.headers(reply.statusCode, reply)
  for (let index = 0; index < headers.length; index += 2) reply.header(headers[index]!, headers[index + 1])
  done(null, payload)
}
