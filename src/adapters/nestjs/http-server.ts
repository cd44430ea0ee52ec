import type { HttpServer } from '@nestjs/common'
import type { EventEmitter } from 'node:events'
import { runWithRequest } from '../../http/request-context.ts'
import { toError } from '../../limiter/decision.ts'
import { isPromise } from '../../limiter/steps.ts'
import type { MaybePromise } from '../../storage/storage.ts'
import { type HttpRequest, UnmatchedContext } from './contexts.ts'
import { RefusalBody, throwingExceptions, toException } from './exception.ts'
import { currentRequest, Exchange } from './exchange.ts'
import type { NestLimiter } from './nest-limiter.ts'
import { completeReply } from './reply.ts'
import type { Req } from './types.ts'

type Call = (...args: never[]) => unknown
type Handle = (request: object, response: object, next?: (error?: unknown) => void) => unknown

/** What is used of Nest's adapters of Express and of Fastify. */
interface Adapter {
  getType(): string
  getInstance(): unknown
  reply(response: object, body: unknown, status?: number): unknown
  setHeader(response: object, name: string, value: string): unknown
  setNotFoundHandler?(handler: Handle, ...more: unknown[]): unknown
}

const equipped = new WeakSet<object>()

/**
 * Sees to what is not a guard's business: our own answers, requests without a handler, the request of the moment. Answers
 * whether there is a server that had none of it.
 */
export function equip(server: HttpServer, limiters: readonly NestLimiter[]): boolean {
  const adapter = server as unknown as Adapter
  const type = adapter.getType()
  if (equipped.has(adapter) || (type !== 'express' && type !== 'fastify')) return false
  equipped.add(adapter)
  answerRefusals(adapter)
  watchUnmatched(adapter, limiters)
  if (type === 'express') hookExpress(adapter.getInstance() as ExpressApp, limiters)
  else hookFastify(adapter.getInstance() as FastifyApp, limiters)
  return true
}

/** Where Nest itself answers an exception of ours, it does so as the client asks. */
function answerRefusals(adapter: Adapter): void {
  const { reply } = adapter
  adapter.reply = function answeringReply(this: Adapter, response, body, status) {
    if (!(body instanceof RefusalBody)) return reply.call(this, response, body, status)
    const { answer } = body
    for (let index = 0; index < answer.headers.length; index += 2) {
      this.setHeader(response, answer.headers[index]!, answer.headers[index + 1]!)
    }
    return reply.call(this, response, answer.body === '' ? undefined : answer.body, answer.status)
  }
}

/** Nest has one handler for what no other takes. */
function watchUnmatched(adapter: Adapter, limiters: readonly NestLimiter[]): void {
  const { setNotFoundHandler } = adapter
  if (!setNotFoundHandler) return
  adapter.setNotFoundHandler = function limitedNotFoundHandler(this: Adapter, handler, ...more) {
    const limited: Handle = (request, response, next) => {
      const concerned = limiters.filter(({ settings }) => settings.unmatched.length > 0)
      if (concerned.length === 0 || Exchange.of(request)) return handler(request, response, next)
      const context = new UnmatchedContext(request, response, next) as unknown as Req
      const exchange = Exchange.enter(context)
      const refuse = (error: unknown): void => {
        // Fastify hears of it by what a handler throws.
        if (!next) throw error
        next(error)
      }
      try {
        const decided = throwingExceptions(exchange, () => decideUnmatched(exchange, concerned, 0))
        return isPromise(decided)
          ? decided.then(() => handler(request, response, next), refuse)
          : handler(request, response, next)
      } catch (error) {
        return refuse(error)
      }
    }
    return setNotFoundHandler.call(this, limited, ...more)
  }
}

function decideUnmatched(exchange: Exchange, limiters: readonly NestLimiter[], from: number): MaybePromise<void> {
  const { method } = exchange.request.getArgByIndex<HttpRequest>(0)
  for (let index = from; index < limiters.length; index += 1) {
    const outcome = limiters[index]!.enterUnmatched(exchange, method)
    if (isPromise(outcome)) {
      return outcome.then((later) => {
        if (later?.refusal) throw toException(exchange, toError(later.refusal))
        return decideUnmatched(exchange, limiters, index + 1)
      })
    }
    if (outcome?.refusal) throw toException(exchange, toError(outcome.refusal))
  }
}

interface ExpressApp {
  handle(request: object & EventEmitter, response: object, next?: Call): void
}

function hookExpress(app: ExpressApp, limiters: readonly NestLimiter[]): void {
  const { handle } = app
  app.handle = function limitedHandle(this: ExpressApp, request, response, next): void {
    if (!limiters.some(({ wraps }) => wraps)) return handle.call(this, request, response, next)
    runWithRequest(currentRequest, request, request, () => handle.call(this, request, response, next))
  }
}

interface FastifyApp {
  addHook(name: string, hook: Call): unknown
}

function hookFastify(app: FastifyApp, limiters: readonly NestLimiter[]): void {
  app.addHook('onSend', completeReply)
  app.addHook('preHandler', (request: object, _reply: object, done: () => void) => {
    if (limiters.some(({ wraps }) => wraps)) currentRequest.run(request, done)
    else done()
  })
}
