import type { Context, Env, Next } from 'hono'
import type { RouterRoute } from 'hono/types'

/** What Hono calls the environment of an app of which nothing is said. */
export type AnyEnv = Context extends Context<infer E extends Env> ? E : never

/** Hono's context, as handlers and middleware get it. */
export type Req = Context
/** What handlers answer. */
export type Res = Response

/** A handler or a middleware. */
export type HonoHandler = (context: Req, next: Next) => unknown

/** Any Hono app, whatever its types say of its requests. */
export interface HonoApp {
  readonly routes: RouterRoute[]
}

/** What is used of a Hono app. */
export interface App extends HonoApp {
  use(middleware: HonoHandler): unknown
  readonly errorHandler: unknown
  /** Unlike that of a new app in what `basePath()` answers: a second app with the same routes. */
  readonly _basePath: string
  route: (this: App, path: string, app: App) => unknown
}

/** Whether a value is a Hono app. */
export function isApp(value: unknown): value is App {
  if (typeof value !== 'object' || value === null) return false
  const { routes, use, route } = value as Partial<Record<string, unknown>>
  return Array.isArray(routes) && typeof use === 'function' && typeof route === 'function'
}
