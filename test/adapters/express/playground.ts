import type { Express, Request, RequestHandler } from 'express'
import { onTestFinished } from 'vitest'
import {
  createLimiter,
  type ExpressLimiter,
  type ExpressLimiterOptions,
  remoteAddress,
} from '../../../src/adapters/express/index.ts'
import { TestApp } from '../../../src/testing/adapter-contract/stage.ts'
import { ManualClock, serve } from '../../../src/testing/index.ts'

/** What the limiters of one test have logged: level and kind. */
export type Log = string[]

/** A limiter that counts addresses by a clock that stands still, and writes to `log` instead of the console. */
export function limiterWith(options: Partial<ExpressLimiterOptions> = {}, log: Log = []): ExpressLimiter {
  const write = (level: string) => (_message: string, details?: object) => {
    const { kind, code } = details as { kind: string; code?: string }
    log.push(`${level} ${code ?? kind}`)
  }
  return createLimiter({
    key: remoteAddress,
    clock: new ManualClock(),
    logger: { warn: write('warn'), error: write('error') },
    ...options,
  })
}

/** Serves an app until the test is over. */
export async function served(app: Express): Promise<TestApp> {
  const server = await serve(app)
  onTestFinished(async () => server.close())
  return new TestApp({
    ...server,
    limiter() {
      throw new Error('a test has its limiters at hand')
    },
  })
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
