import type { Express, Request, RequestHandler } from 'express'
import {
  createLimiter,
  type ExpressLimiter,
  type ExpressLimiterOptions,
  remoteAddress,
} from '../../../src/adapters/express/index.ts'
import type { TestApp } from '../../../src/testing/adapter-contract/stage.ts'
import { serve } from '../../../src/testing/index.ts'
import { type Log, stillAndQuiet, testAppOf } from '../playground.ts'

export { type Log, once, twice } from '../playground.ts'

/** A limiter that counts addresses by a clock that stands still, and writes to `log` instead of the console. */
export function limiterWith(options: Partial<ExpressLimiterOptions> = {}, log: Log = []): ExpressLimiter {
  return createLimiter({ key: remoteAddress, ...stillAndQuiet(log), ...options })
}

/** Serves an app until the test is over. */
export async function served(app: Express): Promise<TestApp> {
  return testAppOf(await serve(app))
}

/** Answers `ok`. */
export const ok: RequestHandler = (_request, response) => {
  response.send('ok')
}

/** Answers what a limiter knows of the request. */
export function tells(tell: (request: Request) => unknown): RequestHandler {
  return (request, response, next) => {
    Promise.resolve(tell(request)).then((answer) => response.send(JSON.stringify(answer)), next)
  }
}

/** Answers the endpoint by which the request is counted. */
export function tellsEndpoint(limiter: ExpressLimiter): RequestHandler {
  return tells(async (request) => (await limiter.explain(request)).endpoint)
}
