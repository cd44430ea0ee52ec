import { STATUS_CODES } from 'node:http'
import type { HeaderList } from '../../http/header-list.ts'
import { isAnswerable } from '../../http/http-exchange.ts'
import type { HttpAnswer } from '../../http/refusal.ts'
import type { RateLimitExceeded, ServiceUnavailable } from '../../limiter/decision.ts'
import { isPromise } from '../../limiter/steps.ts'
import { Exchange } from './exchange.ts'
import { configOf, errorHandlersOf } from './internals.ts'
import { watchRoute } from './routes.ts'
import type { Instance, Req, Res } from './types.ts'

type SendDone = (error?: Error | null, payload?: unknown) => void

/** What all limiters of an instance have in common: request state, a look at routes as they are declared, and what is done when the head of a response goes out. */
export function addCommonHooks(instance: Instance): void {
  if (!instance.hasRequestDecorator('rateLimit')) {
    instance.decorateRequest('rateLimit', {
      getter(this: Req) {
        return Exchange.of(this)?.decision
      },
    })
  }
  instance.addHook('onRoute', watchRoute)
  instance.addHook('onError', keepError)
  instance.addHook('onSend', completeHead)
}

function keepError(request: Req, _reply: Res, error: Error, done: () => void): void {
  const exchange = Exchange.of(request)
  if (exchange) exchange.error = isAnswerable(error) ? error : undefined
  done()
}
// Fastify binds every hook to its instance, which this one has no use for; it has to be told from hooks of the app.
Object.defineProperty(keepError, 'bind', { value: () => keepError })

const hearing = new WeakMap<object, boolean>()

/** Whether an error on the route of this request reaches anything of the app: an error handler, a hook, a schema for it. */
export function hearsOfErrors(request: Req): boolean {
  const config = configOf(request)!
  let hears = hearing.get(config)
  if (hears === undefined) {
    const { schema } = request.routeOptions
    const schemas = Object.keys((schema?.response as object | undefined) ?? {})
    const handlers = errorHandlersOf(request)
    hears =
      !handlers ||
      handlers.some((handler) => handler !== keepError) ||
      schemas.some((status) => /^(429|4xx|default)$/i.test(status))
    hearing.set(config, hears)
  }
  return hears
}

/** The head is about to go out: late charges, our answer to an error of ours where nobody else has answered it, headers. */
function completeHead(request: Req, reply: Res, payload: unknown, done: SendDone): void {
  const exchange = Exchange.of(request)
  if (!exchange) return done()
  if (exchange.error) exchange.forgetCharges()
  if (exchange.isDue) settle(exchange, reply, payload, done)
  else finish(exchange, reply, payload, done)
}

function settle(exchange: Exchange, reply: Res, payload: unknown, done: SendDone): void {
  const fail = (error: unknown): void => {
    ;(payload as { destroy?: () => void } | null | undefined)?.destroy?.()
    // Fastify would keep a status of 400 and above.
    reply.code(500)
    done(error as Error)
  }
  try {
    const settled = exchange.settle(reply)
    if (isPromise(settled)) settled.then(() => finish(exchange, reply, payload, done), fail)
    else finish(exchange, reply, payload, done)
  } catch (error) {
    fail(error)
  }
}

function finish(exchange: Exchange, reply: Res, payload: unknown, done: SendDone): void {
  const { request, error } = exchange
  let body: string | undefined
  try {
    if (error && payload === usualBody(error)) {
      const answer = exchange.answer(error, request.headers.accept)
      setHead(answer, reply.removeHeader('content-type'))
      body = answer.body
      reply.header('content-length', Buffer.byteLength(body))
    }
    setHeaders(reply, exchange.headers(reply.statusCode, reply))
  } catch (problem) {
    reply.code(500)
    return done(problem as Error)
  }
  done(null, body)
}

/** What Fastify answers to an error if the app does not. */
function usualBody({ statusCode, code, message }: RateLimitExceeded | ServiceUnavailable): string {
  return JSON.stringify({ statusCode, code, error: STATUS_CODES[statusCode], message })
}

/** Sends an answer of ours. */
export function send(answer: HttpAnswer, reply: Res): void {
  setHead(answer, reply)
  reply.send(answer.body === '' ? undefined : answer.body)
}

function setHead({ status, headers }: HttpAnswer, reply: Res): void {
  reply.code(status)
  setHeaders(reply, headers)
}

function setHeaders(reply: Res, headers: HeaderList): void {
  for (let index = 0; index < headers.length; index += 2) reply.header(headers[index]!, headers[index + 1])
}
