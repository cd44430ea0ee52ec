import type { HttpException } from '@nestjs/common'
import { STATUS_CODES } from 'node:http'
import { withoutStack } from '../../errors.ts'
import { impersonate } from '../../http/framework-exception.ts'
import { isAnswerable } from '../../http/http-exchange.ts'
import type { HttpAnswer } from '../../http/refusal.ts'
import type { RateLimitExceeded, ServiceUnavailable } from '../../limiter/decision.ts'
import { attempt } from '../../limiter/steps.ts'
import type { MaybePromise } from '../../storage/storage.ts'
import type { Exchange } from './exchange.ts'

type Problem = RateLimitExceeded | ServiceUnavailable
type MakeException = (problem: Problem, answer: HttpAnswer) => Error

/** By what kind of context. */
const makers: Record<string, MakeException> = {}
const loading: Record<string, Promise<void>> = {}

/** Takes over Nest's own class of exceptions, once it is loaded. */
export function useHttpException(HttpExceptionClass: typeof HttpException): void {
  makers['http'] = (problem, answer) => new HttpExceptionClass(new RefusalBody(problem, answer), answer.status)
  // What GraphQL shows of an error beside its message.
  makers['graphql'] = (problem, answer) =>
    Object.assign(makers['http']!(problem, answer), {
      extensions: { code: 'RATE_LIMITED', http: { status: answer.status } },
    })
}

/** Loads the exceptions of a kind of context; a promise until they are there. */
export function loadExceptions(type: string): Promise<void> | undefined {
  if (makers[type] || (type !== 'ws' && type !== 'rpc')) return undefined
  return (loading[type] ??= (type === 'ws' ? loadWsException() : loadRpcException()).then((make) => {
    makers[type] = make
  }))
}

async function loadWsException(): Promise<MakeException> {
  const { WsException } = await import('@nestjs/websockets')
  return ({ message }) => new WsException(message)
}

async function loadRpcException(): Promise<MakeException> {
  const { RpcException } = await import('@nestjs/microservices')
  return ({ message }) => new RpcException(message)
}

/** What an exception of ours answers in Nest's usual form. Sent by nobody but Nest, it stands for our own answer. */
export class RefusalBody {
  readonly statusCode: number
  readonly message: string
  readonly error: string | undefined
  readonly #answer: HttpAnswer

  constructor({ message }: Problem, answer: HttpAnswer) {
    this.statusCode = answer.status
    this.message = message
    this.error = STATUS_CODES[answer.status]
    this.#answer = answer
  }

  get answer(): HttpAnswer {
    return this.#answer
  }
}

/**
 * An error of ours as an exception of Nest, so that its filters know it: `instanceof` and every field say that it is both.
 * Throws where a breach function's answer cannot be sent.
 */
export function toException(exchange: Exchange, problem: Problem): Error {
  exchange.forgetCharges()
  const make = makers[exchange.request.getType<string>()]
  if (!make) return problem
  const answer = exchange.answer(problem, exchange.accept)
  const exception = impersonate(
    withoutStack(() => make(problem, answer)),
    problem,
    answer.status,
  )
  // By this, Nest recognises errors of http-errors, which it replaces.
  return Object.assign(exception, { expose: undefined })
}

/** What to throw for an error: of ours, Nest's own. */
export function toThrow(exchange: Exchange, error: unknown): unknown {
  const isOurs = isAnswerable(error) && typeof (error as { getStatus?: unknown }).getStatus !== 'function'
  return isOurs ? toException(exchange, error) : error
}

/** Does what may fail with an error of ours, and lets it fail with Nest's. */
export function throwingExceptions<T>(exchange: Exchange | undefined, work: () => MaybePromise<T>): MaybePromise<T> {
  return attempt(work, (error): never => {
    throw exchange ? toThrow(exchange, error) : error
  })
}
