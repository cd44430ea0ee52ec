import type { Context, Hono } from 'hono'
import { onTestFinished, vi } from 'vitest'
import {
  createLimiter,
  type HonoLimiter,
  type HonoLimiterOptions,
  remoteAddress,
} from '../../../src/adapters/hono/index.ts'
import { TestApp } from '../../../src/testing/adapter-contract/stage.ts'
import { ManualClock, serve } from '../../../src/testing/index.ts'
import { listenerOf, type Version } from './versions.ts'

export const once = '1 per 1 minute'
export const twice = '2 per 1 minute'

/** What the limiters of one test have logged: level and code or kind. */
export type Log = string[]

/** A limiter that counts addresses by a clock that stands still, and writes to `log` instead of the console. */
export function limiterWith(options: Partial<HonoLimiterOptions> = {}, log: Log = []): HonoLimiter {
  const write = (level: string) => (_message: string, details?: object) => {
    const { kind, code } = details as { kind: string; code?: string }
    log.push(`${level} ${code ?? kind}`)
  }
  const logger = { warn: write('warn'), error: write('error') }
  return createLimiter({ key: remoteAddress, clock: new ManualClock(), logger, ...options })
}

/** An app with a limiter. */
export function setUp(
  { Hono: App }: Version,
  options: Partial<HonoLimiterOptions> = {},
  log: Log = [],
): { app: Hono; limiter: HonoLimiter } {
  const app = new App()
  return { app, limiter: limiterWith(options, log).init(app) }
}

/** Serves an app by Node until the test is over. */
export async function served(app: Pick<Hono, 'fetch'>): Promise<TestApp> {
  const server = await serve(listenerOf(app))
  onTestFinished(async () => server.close())
  return new TestApp({
    ...server,
    limiter() {
      throw new Error('a test has its limiters at hand')
    },
  })
}

/** Keeps what Hono's own error handler writes out of the console until the test is over. */
export function silenceConsole(): void {
  const spy = vi.spyOn(console, 'error').mockReturnValue(undefined)
  onTestFinished(() => spy.mockRestore())
}

/** Answers `ok`. */
export const ok = (context: Context): Response => context.text('ok')

/** Answers what can be told of the request, as JSON. */
export function tells(tell: (context: Context) => unknown): (context: Context) => Promise<Response> {
  return async (context) => context.text(JSON.stringify(await tell(context)) ?? 'undefined')
}

/** Answers the endpoint by which the request is counted. */
export function tellsEndpoint(limiter: HonoLimiter): (context: Context) => Promise<Response> {
  return tells(async (context) => (await limiter.explain(context)).endpoint)
}
