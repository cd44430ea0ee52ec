import { LimiterError } from '../errors.ts'
import { atOnce } from '../limiter/steps.ts'
import { cut, quote, show } from '../show.ts'

/** Headers to send: name, value, name, value, … Every name is a token and every value is free of CR and LF. */
export type HeaderList = readonly string[]

/** The headers that a response has so far. */
export interface PresentHeaders {
  getHeader(name: string): number | string | readonly string[] | undefined
}

/** A response of Node, as far as its head is concerned. */
export interface NodeHead extends PresentHeaders {
  readonly statusCode: number
  setHeader(name: string, value: string): unknown
}

/** Sets headers on a response of Node. */
export function setHeaders(response: NodeHead, headers: HeaderList): void {
  for (let index = 0; index < headers.length; index += 2) response.setHeader(headers[index]!, headers[index + 1]!)
}

/** Whether `text` can be a header's name (a token, RFC 9110 §5.6.2). */
export function isHeaderName(text: string): boolean {
  return /^[!#$%&'*+\-.^_`|~\w]+$/.test(text)
}

/** Whether `text` can be a header's value (RFC 9110 §5.5): no control character but tab, nothing beyond one byte. */
export function isHeaderValue(text: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text)
}

/**
 * Appends headers that a user's function answered. `origin` says whose they are: "onBreach".
 * @throws LimiterError ERR_CALLBACK for what is no record of headers, and for a name or a value that no header can have.
 */
export function appendHeaders(list: string[], headers: unknown, origin: string): void {
  atOnce(headers, origin)
  // A `Headers`, a map or a list has no names and values of its own.
  if (typeof headers !== 'object' || headers === null || Symbol.iterator in headers) {
    throw new LimiterError(
      'ERR_CALLBACK',
      `${origin} answered ${show(headers)} as headers; expected an object of names and values`,
    )
  }
  for (const [name, value] of Object.entries(headers) as [string, unknown][]) {
    if (!isHeaderName(name)) {
      throw new LimiterError(
        'ERR_CALLBACK',
        `${origin} answered a header named ${quote(name)}; expected a token such as "X-Reason"`,
      )
    }
    if (typeof value !== 'string' || !isHeaderValue(value)) {
      throw new LimiterError(
        'ERR_CALLBACK',
        `${origin} answered the header ${cut(name)}: ${show(value)}; expected one line of text without control characters`,
      )
    }
    list.push(name, value)
  }
}

/** Whether `list` has a header of this name, which is given in lower case. */
export function hasHeader(list: HeaderList, lowerCaseName: string): boolean {
  for (let i = 0; i < list.length; i += 2) {
    if (list[i]?.toLowerCase() === lowerCaseName) return true
  }
  return false
}
