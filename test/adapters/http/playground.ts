import type { IncomingMessage } from 'node:http'
import {
  createLimiter,
  type Listener,
  type NodeHttpLimiter,
  type NodeHttpLimiterOptions,
  remoteAddress,
} from '../../../src/adapters/http/index.ts'
import type { TestApp } from '../../../src/testing/adapter-contract/stage.ts'
import { serve } from '../../../src/testing/index.ts'
import { type Log, stillAndQuiet, testAppOf } from '../playground.ts'

export { type Log, once, twice } from '../playground.ts'

/** A limiter that counts addresses by a clock that stands still, and writes to `log` instead of the console. */
export function limiterWith(options: Partial<NodeHttpLimiterOptions> = {}, log: Log = []): NodeHttpLimiter {
  return createLimiter({ key: remoteAddress, ...stillAndQuiet(log), ...options })
}

/** Serves a listener until the test is over. */
export async function served(listener: Listener): Promise<TestApp> {
  return testAppOf(await serve((request, response) => void listener(request, response)))
}

/** Answers `ok`. */
export const ok: Listener = (_request, response) => response.end('ok')

/** Answers what can be told of the request. */
export function tells(tell: (request: IncomingMessage) => unknown): Listener {
  return async (request, response) => response.end(JSON.stringify(await tell(request)))
}
