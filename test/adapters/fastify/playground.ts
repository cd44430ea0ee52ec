import type { FastifyInstance, FastifyRequest, RouteHandlerMethod } from 'fastify'
import {
  createLimiter,
  type FastifyLimiter,
  type FastifyLimiterOptions,
  remoteAddress,
} from '../../../src/adapters/fastify/index.ts'
import type { TestApp } from '../../../src/testing/adapter-contract/stage.ts'
import { serve } from '../../../src/testing/index.ts'
import { type Log, stillAndQuiet, testAppOf } from '../playground.ts'

export { type Log, once, twice } from '../playground.ts'

/** A limiter that counts addresses by a clock that stands still, and writes to `log` instead of the console. */
export function limiterWith(options: Partial<FastifyLimiterOptions> = {}, log: Log = []): FastifyLimiter {
  return createLimiter({ key: remoteAddress, ...stillAndQuiet(log), ...options })
}

/** Serves an app until the test is over. */
export async function served(app: FastifyInstance): Promise<TestApp> {
  await app.ready()
  const server = await serve((request, response) => app.routing(request, response))
  const close = async () => {
    await server.close()
    await app.close()
  }
  return testAppOf({ ...server, close })
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
