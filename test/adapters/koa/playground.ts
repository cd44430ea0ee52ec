import type RouterClass from '@koa/router'
import type Koa from 'koa'
import type { Context, Middleware } from 'koa'
import {
  createLimiter,
  type KoaLimiter,
  type KoaLimiterOptions,
  remoteAddress,
} from '../../../src/adapters/koa/index.ts'
import type { TestApp } from '../../../src/testing/adapter-contract/stage.ts'
import { serve } from '../../../src/testing/index.ts'
import { type Log, stillAndQuiet, testAppOf } from '../playground.ts'
import type { Version } from './versions.ts'

export { type Log, once, twice } from '../playground.ts'

/** A limiter that counts addresses by a clock that stands still, and writes to `log` instead of the console. */
export function limiterWith(options: Partial<KoaLimiterOptions> = {}, log: Log = []): KoaLimiter {
  return createLimiter({ key: remoteAddress, ...stillAndQuiet(log), ...options })
}

/** An app with a limiter and a router, which is not mounted yet. */
export function setUp(
  { Koa: App, Router }: Version,
  options: Partial<KoaLimiterOptions> = {},
  log: Log = [],
): { app: Koa; router: RouterClass; limiter: KoaLimiter } {
  const app = new App()
  app.silent = true
  return { app, router: new Router(), limiter: limiterWith(options, log).init(app) }
}

/** Serves an app until the test is over; with `routers`, these as its last middleware. */
export async function served(app: Koa, ...routers: RouterClass[]): Promise<TestApp> {
  for (const router of routers) app.use(router.routes())
  return testAppOf(await serve(app.callback()))
}

/** Answers `ok`. */
export const ok: Middleware = (ctx) => {
  ctx.body = 'ok'
}

/** Answers what can be told of the request. */
export function tells(tell: (ctx: Context) => unknown): Middleware {
  return async (ctx) => {
    ctx.body = JSON.stringify(await tell(ctx)) ?? 'undefined'
  }
}

/** Answers the endpoint by which the request is counted. */
export function tellsEndpoint(limiter: KoaLimiter): Middleware {
  return tells(async (ctx) => (await limiter.explain(ctx)).endpoint)
}
