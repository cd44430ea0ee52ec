import type { Exemption } from '../../limiter/resolve.ts'
import type { Rule } from '../../limiter/rule.ts'
import type { ExpressLimiter } from './express-limiter.ts'
import type { Req, Res } from './types.ts'

/** What a middleware of ours declares for the route it is attached to. */
export interface Declaration {
  readonly limiter: ExpressLimiter
  readonly rule?: Rule<Req, Res>
  readonly exemption?: Exemption
}

const DECLARATION = Symbol('sluice.declaration')

/** Makes a middleware carry a declaration, so that it can be read off a route before the middleware runs. */
export function declare<T extends object>(middleware: T, declaration: Declaration): T {
  return Object.defineProperty(middleware, DECLARATION, { value: declaration })
}

/** What a middleware declares, if it is one of ours. */
export function declarationOf(middleware: object): Declaration | undefined {
  return (middleware as { [DECLARATION]?: Declaration })[DECLARATION]
}
