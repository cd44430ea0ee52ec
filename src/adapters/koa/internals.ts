import type { Req } from './types.ts'

/**
 * What is used of Koa and @koa/router beyond their documented API, the same in Koa 2 and 3 and in @koa/router 13 to 15: an app
 * hands every request to its `handleRequest`, a router is set as `ctx.router` before it puts the middleware of its matching
 * layers together, and a layer of a router that is mounted in another one is copied with all its own properties.
 */

export interface Middleware {
  (ctx: Req, next: () => Promise<unknown>): unknown
  /** What came by `router.param` has the name of the parameter. */
  readonly param?: string
}

/** One route of a router, or one middleware that came by `router.use`. */
export interface Layer {
  /** A pattern with all prefixes, or a regular expression. */
  readonly path: string | RegExp
  /** Empty for what came by `use`. */
  readonly methods: readonly string[]
  stack: Middleware[]
}

export interface Router {
  readonly stack: Layer[]
  readonly opts?: { readonly prefix?: string }
  use(...args: unknown[]): unknown
  routes(): unknown
}

export interface Application {
  readonly context: object
  readonly middleware: (Middleware & { readonly router?: unknown })[]
  readonly proxy: boolean
  callback(): unknown
  handleRequest(ctx: Req, middleware: (ctx: Req) => Promise<unknown>): unknown
  onerror(error: Error): void
  use(...args: unknown[]): unknown
}

/** Whether a value is a Koa app. */
export function isApplication(value: unknown): value is Application {
  return (
    typeof value === 'object' &&
    value !== null &&
    has(value, 'handleRequest', 'function') &&
    has(value, 'context', 'object') &&
    has(value, 'middleware', 'object')
  )
}

/** Whether a value is a router of @koa/router. */
export function isRouter(value: unknown): value is Router {
  return (
    typeof value === 'object' &&
    value !== null &&
    has(value, 'routes', 'function') &&
    has(value, 'use', 'function') &&
    has(value, 'stack', 'object')
  )
}

function has(value: object, name: string, type: string): boolean {
  return typeof (value as Readonly<Record<string, unknown>>)[name] === type
}

/** The methods that a route was declared for: @koa/router adds HEAD to GET. */
export function methodsOf({ methods }: Layer): readonly string[] {
  const isForAll = methods.includes('DELETE') && methods.includes('OPTIONS')
  return methods.includes('GET') && !isForAll ? methods.filter((method) => method !== 'HEAD') : methods
}

/** The pattern of a layer. What stands for "everything below" in a layer that came by `use` is left out. */
export function patternOf({ path, methods }: Layer): string {
  const text = String(path)
  return methods.length > 0 ? text : text.replace(/(?:\(\[\^\/\]\*\)|\{\/\*rest\}|\(\?:\\*\/\|\$\))$/, '')
}
