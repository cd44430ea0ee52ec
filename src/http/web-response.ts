import type { HeaderList, PresentHeaders } from './header-list.ts'
import type { HttpExchange } from './http-exchange.ts'
import type { HttpAnswer } from './refusal.ts'

/** Statuses of which a `Response` takes no body. */
const WITHOUT_BODY = new Set([204, 205, 304])

/** An answer as a web `Response`. */
export function toResponse({ status, headers, body }: HttpAnswer, method: string): Response {
  const hasBody = body !== '' && !WITHOUT_BODY.has(status)
  const response = new Response(hasBody && method !== 'HEAD' ? body : null, { status })
  setHeaders(response.headers, headers)
  if (hasBody) response.headers.set('Content-Length', String(new TextEncoder().encode(body).byteLength))
  return response
}

/** The response with these headers: itself, or a copy where its headers cannot be changed, as those of `fetch()` and `Response.redirect()`. */
function withHeaders(response: Response, headers: HeaderList): Response {
  if (headers.length === 0) return response
  try {
    setHeaders(response.headers, headers)
    return response
  } catch {
    // What changes protocols, and `Response.error()`, cannot be copied.
    if (response.status < 200) return response
    const copy = new Response(response.body, response)
    setHeaders(copy.headers, headers)
    return copy
  }
}

/** The response with the headers that tell of the limits: itself, or a copy. */
export function told<Req extends object, Res>(exchange: HttpExchange<Req, Res>, response: Response): Response {
  return withHeaders(response, exchange.headers(response.status, headersOf(response)))
}

/** The headers that a response has. */
function headersOf({ headers }: Response): PresentHeaders {
  return { getHeader: (name) => headers.get(name) ?? undefined }
}

/** Drops a response that nobody will read. A body that somebody else reads already is theirs. */
export function drop(response: Response): void {
  response.body?.cancel().catch(() => undefined)
}

function setHeaders(target: Headers, headers: HeaderList): void {
  for (let index = 0; index < headers.length; index += 2) target.set(headers[index]!, headers[index + 1]!)
}
