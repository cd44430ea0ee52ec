import { ConfigurationError } from '../../errors.ts'
import { setHeaders } from '../../http/header-list.ts'
import { isAnswerable } from '../../http/http-exchange.ts'
import { runWithRequest } from '../../http/request-context.ts'
import { clearBody, ResponseHead } from '../../http/response-head.ts'
import type { RateLimitExceeded, ServiceUnavailable } from '../../limiter/decision.ts'
import { currentRequest, Exchange } from './exchange.ts'
import { type Application, isRouter, type Router } from './internals.ts'
import type { KoaLimiter } from './koa-limiter.ts'
import { routerOf } from './mounts.ts'
import { useWatched } from './replaced.ts'
import { guardRoutes } from './routes.ts'
import type { Req } from './types.ts'

type Run = (ctx: Req) => Promise<unknown>

/** What is known of an app: which limiters it was initialised with, and which routers have been met. */
interface AppHook {
  readonly limiters: KoaLimiter[]
  readonly routers: Set<Router>
}

const hooks = new WeakMap<Application, AppHook>()

/** Puts a limiter around an app. Answers all that are there. */
export function hookApp(app: Application, limiter: KoaLimiter): readonly KoaLimiter[] {
  let hook = hooks.get(app)
  if (!hook) {
    hooks.set(app, (hook = { limiters: [], routers: new Set() }))
    replaceHandler(app, hook)
    refuseToBeMounted(app, hook)
    watchRouters(app, hook)
    watchMountPaths(app)
  }
  if (!hook.limiters.includes(limiter)) hook.limiters.push(limiter)
  return hook.limiters
}

/** The routers of an app as far as they are known now. */
export function routersOf(app: Application): Iterable<Router> {
  return new Set([...app.middleware.flatMap(routerOf), ...(hooks.get(app)?.routers ?? [])])
}

function replaceHandler(app: Application, { limiters }: AppHook): void {
  const { callback, handleRequest, use } = app
  app.use = function watchedUse(this: Application, ...args) {
    return useWatched(this, args.at(-1), args.flatMap(routerOf), () => use.apply(this, args))
  }
  app.callback = function inspectedCallback(this: Application) {
    for (const limiter of limiters) limiter.inspectRoutes()
    return callback.call(this)
  }
  app.handleRequest = function limitedHandleRequest(this: Application, ctx, middleware) {
    return handleRequest.call(this, ctx, (inner) => handle(Exchange.begin(inner, limiters), middleware))
  }
}

/** koa-mount takes the middleware of an app and nothing else: of its requests, limiters of its own would never hear. */
function refuseToBeMounted(app: Application, { limiters }: AppHook): void {
  app.middleware.unshift((ctx, next) => {
    const there = Exchange.of(ctx)?.limiters
    if (there !== limiters && !limiters.every((limiter) => there?.includes(limiter))) {
      throw new ConfigurationError(
        'limiter.init: this app is mounted in another one; call limiter.init on the app that listens',
      )
    }
    return next()
  })
}

/** A router that has matched a request sets itself as `ctx.router`, and then puts together what runs. */
function watchRouters({ context }: Application, { routers }: AppHook): void {
  watch(context, 'router', (_ctx, router) => {
    if (!isRouter(router)) return
    routers.add(router)
    guardRoutes(router)
  })
}

/** An endpoint is a whole pattern; koa-mount takes off its beginning, and says so. */
function watchMountPaths({ context }: Application): void {
  watch(context, 'mountPath', (ctx, prefix) => Exchange.of(ctx)?.enterMount(String(prefix)))
}

/** Hears of what is set on the context of each request. */
function watch(context: object, name: string, hear: (ctx: Req, value: unknown) => void): void {
  const current = Symbol(`sluice.${name}`)
  Object.defineProperty(context, name, {
    configurable: true,
    enumerable: true,
    get(this: { [current]?: unknown }) {
      return this[current]
    },
    set(this: Req & { [current]?: unknown }, value: unknown) {
      this[current] = value
      hear(this, value)
    },
  })
}

function handle(exchange: Exchange, middleware: Run): Promise<void> {
  const ctx = exchange.request
  const run = (): Promise<unknown> => middleware(ctx)
  const wraps = exchange.limiters.some((limiter) => limiter.wraps)
  const handled = wraps ? runWithRequest(currentRequest, ctx, ctx.req, run) : run()
  return handled.then(
    () => finish(exchange),
    async (error: unknown) => failed(exchange, error),
  )
}

/** All middleware has run, and Koa is about to send what it left behind. */
function finish(exchange: Exchange): void | Promise<void> {
  const ctx = exchange.request
  if (ctx.respond === false || ctx.headerSent) return completeWithout(exchange)
  return exchange.isDue || isUnmatched(exchange, ctx.status) ? settle(exchange) : exchange.tell(ctx.res)
}

async function settle(exchange: Exchange): Promise<void> {
  const ctx = exchange.request
  try {
    if (isUnmatched(exchange, ctx.status)) await exchange.enterUnmatched()
    if (exchange.isDue) await exchange.settle(ctx.response)
  } catch (error) {
    return failed(exchange, error)
  }
  exchange.tell(ctx.res)
}

/** Somebody answers past Koa: nothing waits for that, but what is still to come is completed. */
function completeWithout(exchange: Exchange): void {
  const { res, response } = exchange.request
  if (res.headersSent) exchange.settleLate(response)
  else expectHead(exchange)
}

/** An error that no middleware has taken: a refusal is answered here, any other by Koa, or by what the app has in its place. */
async function failed(exchange: Exchange, error: unknown): Promise<void> {
  const { status, statusCode = status } = (error ?? {}) as { status?: unknown; statusCode?: unknown }
  if (isAnswerable(error)) {
    exchange.forgetCharges()
    if (!Object.hasOwn(exchange.request.app.context, 'onerror')) return answer(exchange, error)
  } else if (isUnmatched(exchange, statusCode)) {
    try {
      await exchange.enterUnmatched()
    } catch (refusal) {
      return failed(exchange, refusal)
    }
  }
  // Koa takes off all headers that were set so far.
  expectHead(exchange)
  throw error
}

function answer(exchange: Exchange, error: RateLimitExceeded | ServiceUnavailable): void {
  const ctx = exchange.request
  const { status, headers, body } = exchange.answer(error, ctx.headers.accept)
  tell(ctx, error)
  if (ctx.headerSent) return void ctx.res.destroy()
  clearBody(ctx.res)
  ctx.respond = true
  if (body === '') ctx.body = null
  ctx.status = status
  setHeaders(ctx.res, headers)
  // Last, for Koa looks for the type of a body that has none yet.
  if (body !== '') ctx.body = body
  exchange.tell(ctx.res)
}

/** Koa tells of every error that it answers; its own listener prints, for developers, what is not meant for clients. */
function tell(ctx: Req, error: Error): void {
  const { app } = ctx
  const listeners = app.listeners('error')
  if (listeners.some((listener) => listener !== app.onerror)) app.emit('error', error, ctx)
}

function expectHead(exchange: Exchange): void {
  const { res, response } = exchange.request
  const head = new ResponseHead(exchange, res, response, (error) => {
    head.answer(isAnswerable(error) ? exchange.answer(error, exchange.request.headers.accept) : FAILED)
  })
  head.expect()
}

const FAILED = { status: 500, headers: ['Content-Type', 'text/plain; charset=utf-8'], body: 'Internal Server Error' }

/** Whether an answer of this status comes of there being no route for the request, and is to be limited. */
function isUnmatched(exchange: Exchange, status: unknown): boolean {
  if (
    exchange.route ||
    exchange.isUnmatched ||
    !exchange.limiters.some(({ settings }) => settings.unmatched.length > 0)
  )
    return false
  const { method, res } = exchange.request
  return status === 404 || status === 405 || status === 501 || (method === 'OPTIONS' && res.hasHeader('Allow'))
}
