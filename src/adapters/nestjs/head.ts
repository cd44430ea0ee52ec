import type { ServerResponse } from 'node:http'
import { clearBody, ResponseHead, settleWhenClosed } from '../../http/response-head.ts'
import { toThrow } from './exception.ts'
import type { Exchange } from './exchange.ts'
import type { Res } from './types.ts'

/** What is used of a reply of Fastify. */
export interface Reply extends Res {
  readonly raw: ServerResponse
  readonly request: object
  code(status: number): unknown
  header(name: string, value: unknown): unknown
}

/** Whether a response is a reply of Fastify. */
function isReply(response: object): response is Reply {
  return 'raw' in response
}

/** Something is to be done when the head of a response goes out. Fastify has a hook for that. */
export function watchHead(exchange: Exchange, response: Res): void {
  if (!isReply(response)) {
    exchange.head ??= expressHead(exchange, response as Res & ServerResponse)
    exchange.head.expect()
  } else if (exchange.isSse) {
    exchange.head ??= new ResponseHead(exchange, response.raw, response, (error) => {
      exchange.settledTooLate(error)
      response.raw.destroy()
    })
    exchange.head.expect()
  } else if (exchange.isDue) settleWhenClosed(exchange, response.raw, response)
}

function expressHead(exchange: Exchange, response: Res & ServerResponse): { expect(): void } {
  return new ResponseHead<Exchange['request'], Res>(exchange, response, response, (error) => {
    clearBody(response)
    exchange.request.getArgByIndex<(error: unknown) => void>(2)(toThrow(exchange, error))
  })
}
