import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Req, Res } from './types.ts'

/**
 * What is used of Express beyond its documented API: how its routers keep layers, the same in Express 4.17 to 4.22 and 5.0 to
 * 5.3 but for the names noted here.
 */

/** Answers the request, or goes on: to the next layer, out of the route or router, or to the error handlers. */
export type Next = (error?: unknown) => void

export type Handler = (request: IncomingMessage, response: ServerResponse, next: Next) => unknown

/** One step of a router or of a route. */
export interface Layer {
  readonly handle: Handler & { readonly stack?: readonly Layer[]; readonly handle?: unknown }
  readonly name: string
  /** Only in the stack of a router: its route, or undefined for what came by `use`. Absent in the stack of a route. */
  readonly route?: Route | undefined
  /** In the stack of a route: the method in lower case; undefined for `all`. */
  readonly method?: string
  /** Router ≥ 2.3: the path it was declared with. */
  readonly rawPath?: unknown
  /** Router 2: mounted on "/". */
  readonly slash?: boolean
  /** Express 4. */
  readonly regexp?: RegExp & { readonly fast_slash?: boolean }
  readonly keys?: readonly { readonly name: string | number }[]
}

export interface Route {
  readonly path: unknown
  readonly stack: readonly Layer[]
  readonly methods: Readonly<Record<string, boolean>>
}

/** Whether a route answers HEAD: by itself, or by what answers GET or every method. */
export function answersHead({ methods }: Route): boolean {
  return Boolean(methods['head'] ?? methods['get'] ?? methods['_all'])
}

export interface Router extends Handler {
  readonly stack: Layer[]
  handle(request: IncomingMessage, response: ServerResponse, next: Next): void
  use(handler: Handler): unknown
}

export interface Application extends Handler {
  /** Express 4. */
  readonly _router?: Router
  /** Express 4: makes the router, which an app without routes does not have yet. */
  lazyrouter?(): void
  /** Express 5; a getter that throws in Express 4. */
  readonly router: Router
  readonly settings: Readonly<Record<string, unknown>>
  handle: (this: Application, request: IncomingMessage, response: ServerResponse, callback?: Next) => void
  set(name: string, value: unknown): unknown
}

/** Whether a value is an Express application. */
export function isApplication(value: unknown): value is Application {
  return (
    typeof value === 'function' &&
    has(value, 'handle', 'function') &&
    has(value, 'set', 'function') &&
    has(value, 'settings', 'object')
  )
}

/** Whether a value is an Express router. */
export function isRouter(value: unknown): value is Router {
  return typeof value === 'function' && has(value, 'handle', 'function') && has(value, 'stack', 'object')
}

function has(value: object, name: string, type: string): boolean {
  return typeof (value as Readonly<Record<string, unknown>>)[name] === type
}

/** The router of an application, made by Express when it is first needed. */
export function routerOf(app: Application): Router {
  app.lazyrouter?.()
  return app._router ?? app.router
}

/** The class of the layers of a router. */
export function layerClassOf(router: Router): LayerClass {
  router.use((_request, _response, next) => next())
  return router.stack.pop()!.constructor
}

/** How a layer runs what it holds. */
export type Handle = (this: Layer, request: Req, response: Res, next: Next) => unknown

export interface LayerClass {
  readonly prototype: Record<string, unknown>
}

/** The pattern of a layer that came by `use`, empty for "/": what was declared, never what a request held. */
export function mountPattern(layer: Layer, index: number): string {
  if (layer.slash === true || layer.regexp?.fast_slash === true) return ''
  if (layer.rawPath !== undefined) return pathPattern(layer.rawPath)
  if (layer.regexp) return regexpPattern(layer.regexp, layer.keys ?? [])
  // Router 2.0 to 2.2 keep no trace of the path; the place in the router is as stable as the code.
  return `/{use ${index}}`
}

/** A declared path in words: strings as they are, several joined by a comma. */
export function pathPattern(path: unknown): string {
  if (Array.isArray(path)) return path.flat(Infinity).map(pathPattern).join(',')
  const text = String(path)
  return text === '/' ? '' : text
}

/** Express 4 keeps only the regular expression that it made of a mount path; simple paths can be read back from it. */
function regexpPattern(regexp: RegExp, keys: readonly { readonly name: string | number }[]): string {
  let count = 0
  const parameter = (): string => `:${keys[count++]?.name ?? '?'}`
  const path = regexp.source
    .replace(/^\^/, '')
    .replace(/\\\/\?\(\?=\\\/\|\$\)$/, '')
    // As Express 4.17 writes a parameter, and as 4.22 does.
    .replaceAll('(?:([^\\/]+?))', parameter)
    .replaceAll('(?:\\/([^/]+?))', () => `/${parameter()}`)
    .replaceAll('\\/', '/')
    .replaceAll('\\.', '.')
  return /^(?:\/[\w.~:-]*)*$/.test(path) ? path : `{${regexp.source}}`
}
