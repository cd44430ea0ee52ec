import type { Context, Response } from 'koa'

/** Koa's context, as middleware gets it: what limits ask. */
export type Req = Context
/** Koa's response (`ctx.response`): what `deductWhen` asks. */
export type Res = Response

/** Goes on to the next middleware. */
export type Next = () => Promise<unknown>

/** A Koa app, whatever its state and context hold. */
export interface AnyApplication {
  callback(): unknown
  readonly middleware: readonly unknown[]
}

/** A router of @koa/router, whatever its state and context hold. */
export interface AnyRouter {
  routes(): unknown
  allowedMethods(): unknown
}
