import type { RouterRoute } from 'hono/types'
import { type App, type HonoHandler, isApp } from './types.ts'

const APP: unique symbol = Symbol('sluice.app')

/** A handler, and what it was wrapped around. */
export interface WrappedHandler extends HonoHandler {
  /** Where Hono keeps what a handler was made of, when it wraps one. */
  readonly __COMPOSED_HANDLER?: WrappedHandler
  /** The routes of the app that it was declared on. */
  readonly [APP]?: readonly RouterRoute[]
}

const marked = new WeakSet<readonly RouterRoute[]>()

/**
 * Lets the routes of an app be known where it is mounted in another one, which copies them: each gets a handler of its own, also
 * those to come. So are the routes of apps that are mounted in it from here on.
 */
export function markRoutes(app: App): void {
  const { routes, route: mount } = app
  if (marked.has(routes)) return
  marked.add(routes)
  for (const route of routes) mark(route, routes)
  Object.defineProperty(routes, 'push', {
    value: (...added: RouterRoute[]) => {
      for (const route of added) mark(route, routes)
      return Array.prototype.push.apply(routes, added)
    },
  })
  app.route = function markedRoute(this: App, path, other) {
    if (isApp(other)) markRoutes(other)
    return mount.call(this, path, other)
  }
}

function mark(route: RouterRoute, routes: readonly RouterRoute[]): void {
  const handler = route.handler as WrappedHandler
  const own: HonoHandler = (context, next) => handler(context, next)
  route.handler = Object.assign(own, { __COMPOSED_HANDLER: handler, [APP]: routes }) as RouterRoute['handler']
}

/** What a handler was wrapped around. Until Hono 4.6 the name was a symbol that was told to nobody. */
function insideOf(handler: WrappedHandler): WrappedHandler | undefined {
  if (handler.__COMPOSED_HANDLER) return handler.__COMPOSED_HANDLER
  const symbol = Object.getOwnPropertySymbols(handler).find(({ description }) => description === 'composedHandler')
  return symbol && (handler as unknown as Record<symbol, WrappedHandler>)[symbol]
}

/** The function that the user gave, without what was wrapped around it. */
export function innermost(handler: WrappedHandler): WrappedHandler {
  let inner = handler
  for (let each: WrappedHandler | undefined = handler; each; each = insideOf(each)) inner = each
  return inner
}

/** The apps that a route was declared on and that are groups, the outermost first. */
export function groupsAround(route: RouterRoute): readonly (readonly RouterRoute[])[] {
  const found: (readonly RouterRoute[])[] = []
  for (let each: WrappedHandler | undefined = route.handler as WrappedHandler; each; each = insideOf(each)) {
    const routes = each[APP]
    if (routes) found.push(routes)
  }
  return found
}

/**
 * A route of an app that was copied from a sub-app before that became a group, which nobody can tell any more; undefined: there is
 * none, or the group is mounted as one.
 */
export function lostRoute(group: readonly RouterRoute[], routes: readonly RouterRoute[]): RouterRoute | undefined {
  if (routes.some((route) => groupsAround(route).includes(group))) return undefined
  return routes.find((route) => group.some((own) => isCopy(route, own)))
}

function isCopy(route: RouterRoute, own: RouterRoute): boolean {
  if (route.method !== own.method || !route.path.endsWith(own.path)) return false
  return innermost(route.handler as WrappedHandler) === innermost(own.handler as WrappedHandler)
}
