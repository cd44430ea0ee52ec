import type { ExecutionContext } from '@nestjs/common'
import type { AnyClass, Handler, Req } from './types.ts'

/** A request of HTTP, as far as it is asked here; Express and Fastify have more. */
export interface HttpRequest {
  readonly method: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  rateLimit?: unknown
}

/** Whether a value is what Nest hands to guards, not a request itself. */
export function isContext(value: object): value is ExecutionContext {
  return typeof (value as Partial<ExecutionContext>).getArgByIndex === 'function'
}

/** What stays the same while one request, message or field is handled, whoever looks at it. */
export function carrierOf(context: Req): object {
  return context.getType() === 'http' ? context.getArgByIndex<object>(0) : context.getArgs()
}

/** The request of HTTP behind a context: its own, or the one that brought a GraphQL operation. */
export function httpRequestOf(context: Req): HttpRequest | undefined {
  const type: string = context.getType()
  if (type === 'http') return context.getArgByIndex<HttpRequest>(0)
  if (type !== 'graphql') return undefined
  type GraphqlContext = { readonly req?: HttpRequest; readonly reply?: { readonly request?: HttpRequest } } | undefined
  const shared = context.getArgByIndex<GraphqlContext>(2)
  return shared?.req ?? shared?.reply?.request
}

/** A request that no handler takes, as functions of limits get it. */
export class UnmatchedContext {
  readonly #args: readonly unknown[]

  constructor(...args: readonly unknown[]) {
    this.#args = args
  }

  getType(): string {
    return 'http'
  }

  getArgs(): readonly unknown[] {
    return this.#args
  }

  getArgByIndex(index: number): unknown {
    return this.#args[index]
  }

  /** Nothing is there to handle it. */
  getClass(): AnyClass {
    return UnmatchedContext
  }

  getHandler(): Handler {
    return unmatched
  }

  switchToHttp(): object {
    const [request, response, next] = this.#args
    return { getRequest: () => request, getResponse: () => response, getNext: () => next }
  }

  switchToRpc(): object {
    return { getData: () => undefined, getContext: () => undefined }
  }

  switchToWs(): object {
    return { getData: () => undefined, getClient: () => undefined, getPattern: () => undefined }
  }
}

function unmatched(): void {}
