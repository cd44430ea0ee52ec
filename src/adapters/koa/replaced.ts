import type { Application, Middleware, Router } from './internals.ts'

/** By what was put in the place of a middleware: that middleware. */
const originals = new WeakMap<Middleware, Middleware>()

/** The middleware in whose place a tool that traces requests has put this one; the same if it was put there by the app. */
export function originalOf(middleware: Middleware): Middleware {
  let original = middleware
  for (let each: Middleware | undefined = middleware; each; each = originals.get(each)) original = each
  return original
}

/** Whether an app itself uses a middleware. */
export function isUsedBy(app: Application, middleware: Middleware): boolean {
  return app.middleware.some((each) => originalOf(each) === middleware)
}

/**
 * Lets an app use a middleware, and sees what is replaced meanwhile: in the routes of routers, which tools that trace requests do
 * just then, and the middleware itself. They leave no trace of what was there before.
 */
export function useWatched<T>(app: Application, middleware: unknown, routers: readonly Router[], use: () => T): T {
  const layers = routers.flatMap(({ stack }) => stack.map((layer) => ({ layer, before: [...layer.stack] })))
  const count = app.middleware.length
  const result = use()
  for (const { layer, before } of layers) {
    if (layer.stack.length === before.length) for (const [index, fn] of before.entries()) note(layer.stack[index], fn)
  }
  if (app.middleware.length === count + 1) note(app.middleware.at(-1), middleware)
  return result
}

function note(now: Middleware | undefined, before: unknown): void {
  if (!now || typeof before !== 'function' || originals.has(now) || originalOf(before as Middleware) === now) return
  originals.set(now, before as Middleware)
}
