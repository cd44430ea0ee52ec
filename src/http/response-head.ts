import type { IncomingMessage, ServerResponse } from 'node:http'
import { isPromise } from '../limiter/steps.ts'
import type { HttpExchange } from './http-exchange.ts'
import type { HttpAnswer } from './refusal.ts'

type Method = 'writeHead' | 'write' | 'end'
type Call = (...args: unknown[]) => unknown

/** Headers that speak of a body which is not sent. */
const OF_THE_BODY = [
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-range',
  'content-type',
  'etag',
  'last-modified',
  'transfer-encoding',
]

/**
 * What is done when the head of a response of `node:http` is about to be sent: late charges, then the headers that tell of
 * limits. The response's own methods are replaced, and only on requests that need it.
 */
export class ResponseHead<Req extends IncomingMessage, Res extends ServerResponse> {
  readonly #exchange: HttpExchange<Req, Res>
  readonly #response: Res
  readonly #fail: (error: unknown) => void
  readonly #originals: { [M in Method]?: Call } = {}
  /** Calls that wait for a late charge; undefined: none does. */
  #held: { readonly method: Method; readonly args: unknown[] }[] | undefined
  #isAnswered = false

  /** `fail` hears of a late charge that failed while nothing has been sent, and has to answer. */
  constructor(exchange: HttpExchange<Req, Res>, response: Res, fail: (error: unknown) => void) {
    this.#exchange = exchange
    this.#response = response
    this.#fail = fail
  }

  /** Headers are to follow, and late charges where there are any. */
  expect(): void {
    this.#take('writeHead')
    // A response that is sent by `end` alone can wait.
    if (this.#exchange.isDue) this.#take('end')
  }

  /** Sends an answer of ours instead of whatever else would be sent. Nothing must have been sent yet. */
  answer({ status, headers, body }: HttpAnswer): void {
    const response = this.#response
    this.#exchange.forgetCharges()
    this.#held = undefined
    this.#take('writeHead')
    for (const name of OF_THE_BODY) response.removeHeader(name)
    response.statusCode = status
    for (let index = 0; index < headers.length; index += 2) response.setHeader(headers[index]!, headers[index + 1]!)
    if (body !== '') response.setHeader('Content-Length', Buffer.byteLength(body))
    const end = this.#originals.end ?? response.end.bind(response)
    end(this.#exchange.request.method === 'HEAD' ? undefined : body)
    for (const method of ['write', 'end'] as const) this.#take(method)
    this.#isAnswered = true
  }

  #take(method: Method): void {
    if (this.#originals[method]) return
    const response = this.#response
    const methods = response as unknown as Record<Method, Call>
    this.#originals[method] = methods[method].bind(response)
    methods[method] = (...args) => this.#call(method, args)
  }

  #call(method: Method, args: unknown[]): unknown {
    const response = this.#response
    const result = method === 'write' ? true : response
    if (this.#isAnswered) return result
    if (this.#held) {
      this.#held.push({ method, args })
      return result
    }
    if (!response.headersSent) {
      if (method === 'writeHead' && typeof args[0] === 'number') response.statusCode = args[0]
      if (this.#exchange.isDue) this.#settle(method, args)
      if (this.#held || this.#isAnswered) return result
      if (method === 'writeHead') this.#setHeaders()
    }
    return this.#originals[method]!(...args)
  }

  /** Makes late charges. Only a call of `end` can wait for them; with any other the response is under way. */
  #settle(method: Method, args: unknown[]): void {
    const failed = (error: unknown): void => {
      this.#held = undefined
      if (method === 'end') this.#fail(error)
      else this.#exchange.settledTooLate(error)
    }
    try {
      const settled = this.#exchange.settle(this.#response)
      if (!isPromise(settled)) return
      if (method === 'end') this.#held = [{ method, args }]
      settled.then(() => this.#release(), failed)
    } catch (error) {
      failed(error)
    }
  }

  #release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const { method, args } of held) this.#call(method, args)
  }

  #setHeaders(): void {
    const response = this.#response
    const headers = this.#exchange.headers(response.statusCode, (name) => response.getHeader(name)?.toString())
    for (let index = 0; index < headers.length; index += 2) response.setHeader(headers[index]!, headers[index + 1]!)
  }
}
