import {
  createLimiter,
  type FetchLimiter,
  type FetchLimiterOptions,
  remoteAddress,
} from '../../../src/adapters/fetch/index.ts'
import { type Log, stillAndQuiet } from '../playground.ts'

export type { Log }

/** A limiter that takes the address from the header `X-Address`, goes by a clock that stands still, and writes to `log` instead of the console. */
export function limiterWith(options: Partial<FetchLimiterOptions> = {}, log: Log = []): FetchLimiter {
  return createLimiter({
    key: remoteAddress,
    address: (request) => request.headers.get('X-Address') ?? '192.0.2.1',
    ...stillAndQuiet(log),
    ...options,
  })
}

/** A request of a client. */
export function requestTo(path = '/', init: RequestInit = {}): Request {
  return new Request(`http://localhost${path}`, init)
}

/** Answers `ok`. */
export const ok = (): Response => new Response('ok')

/** The statuses of as many answers as there are requests. */
export async function statuses(
  handler: (request: Request) => Response | Promise<Response>,
  requests: readonly Request[],
): Promise<number[]> {
  const all: number[] = []
  for (const request of requests) all.push((await handler(request)).status)
  return all
}
