import type { IncomingMessage } from 'node:http'
import { onTestFinished } from 'vitest'
import {
  createLimiter,
  type Listener,
  type NodeHttpLimiter,
  type NodeHttpLimiterOptions,
  remoteAddress,
} from '../../../src/adapters/http/index.ts'
import { TestApp } from '../../../src/testing/adapter-contract/stage.ts'
import { ManualClock, serve } from '../../../src/testing/index.ts'

export const once = '1 per 1 minute'
export const twice = '2 per 1 minute'

/** What the limiters of one test have logged: level and code or kind. */
export type Log = string[]

/** A limiter that counts addresses by a clock that stands still, and writes to `log` instead of the console. */
export function limiterWith(options: Partial<NodeHttpLimiterOptions> = {}, log: Log = []): NodeHttpLimiter {
  const write = (level: string) => (_message: string, details?: object) => {
    const { kind, code } = details as { kind: string; code?: string }
    log.push(`${level} ${code ?? kind}`)
  }
  const logger = { warn: write('warn'), error: write('error') }
  return createLimiter({ key: remoteAddress, clock: new ManualClock(), logger, ...options })
}

/** Serves a listener until the test is over. */
export async function served(listener: Listener): Promise<TestApp> {
  const server = await serve((request, response) => void listener(request, response))
  onTestFinished(async () => server.close())
  return new TestApp({
    ...server,
    limiter() {
      throw new Error('a test has its limiters at hand')
    },
  })
}

/** Answers `ok`. */
export const ok: Listener = (_request, response) => response.end('ok')

/** Answers what can be told of the request. */
export function tells(tell: (request: IncomingMessage) => unknown): Listener {
  return async (request, response) => response.end(JSON.stringify(await tell(request)))
}
