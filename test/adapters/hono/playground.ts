import type { Context, Hono } from 'hono'
import { onTestFinished, vi } from 'vitest'
import {
  createLimiter,
  type HonoLimiter,
  type HonoLimiterOptions,
  remoteAddress,
} from '../../../src/adapters/hono/index.ts'
import type { TestApp } from '../../../src/testing/adapter-contract/stage.ts'
import { serve } from '../../../src/testing/index.ts'
import { type Log, stillAndQuiet, testAppOf } from '../playground.ts'
import { listenerOf, type Version } from './versions.ts'

export { type Log, once, twice } from '../playground.ts'

/** A limiter that counts addresses by a clock that stands still, and writes to `log` instead of the console. */
export function limiterWith(options: Partial<HonoLimiterOptions> = {}, log: Log = []): HonoLimiter {
  return createLimiter({ key: remoteAddress, ...stillAndQuiet(log), ...options })
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
  return testAppOf(await serve(listenerOf(app)))
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
