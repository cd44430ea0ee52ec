import type { FastifyInstance, FastifyRequest, RouteHandlerMethod } from 'fastify'
import { onTestFinished } from 'vitest'
import {
  createLimiter,
  type FastifyLimiter,
  type FastifyLimiterOptions,
  remoteAddress,
} from '../../../src/adapters/fastify/index.ts'
import { TestApp } from '../../../src/testing/adapter-contract/stage.ts'
import { ManualClock, serve } from '../../../src/testing/index.ts'

export const once = '1 per 1 minute'
export const twice = '2 per 1 minute'

/** What the limiters of one test have logged: level and code or kind. */
export type Log = string[]

/** A limiter that counts addresses by a clock that stands still, and writes to `log` instead of the console. */
export function limiterWith(options: Partial<FastifyLimiterOptions> = {}, log: Log = []): FastifyLimiter {
  const write = (level: string) => (_message: string, details?: object) => {
    const { kind, code } = details as { kind: string; code?: string }
    log.push(`${level} ${code ?? kind}`)
  }
  const logger = { warn: write('warn'), error: write('error') }
  return createLimiter({ key: remoteAddress, clock: new ManualClock(), logger, ...options })
}

/** Serves an app until the test is over. */
export async function served(app: FastifyInstance): Promise<TestApp> {
  await app.ready()
  const server = await serve((request, response) => app.routing(request, response))
  onTestFinished(async () => {
    await server.close()
    await app.close()
  })
  return new TestApp({
    ...server,
    limiter() {
      throw new Error('a test has its limiters at hand')
    },
  })
}

/** Answers `ok`. */
export const ok: RouteHandlerMethod = (_request, reply) => {
  reply.send('ok')
}

/** Answers what a limiter knows of the request. */
export function tells(tell: (request: FastifyRequest) => unknown): RouteHandlerMethod {
  return async (request) => JSON.stringify(await tell(request))
}

/** Answers the endpoint by which the request is counted. */
export function tellsEndpoint(limiter: FastifyLimiter): RouteHandlerMethod {
  return tells(async (request) => (await limiter.explain(request)).endpoint)
}
