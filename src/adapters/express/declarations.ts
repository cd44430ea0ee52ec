import { type Declaration, declarationOf, declare } from '../../limiter/declaration.ts'
import type { ExpressLimiter } from './express-limiter.ts'
import type { Req, Res } from './types.ts'

type OwnDeclaration = Declaration<ExpressLimiter, Req, Res>

const names = new WeakMap<object, string>()
const byName = new Map<string, WeakRef<OwnDeclaration>>()

/**
 * Makes a middleware carry a declaration, and gives it a name that no other has: New Relic's agent puts functions of its own
 * in the place of all middleware of Express as soon as it is declared, and their name is all that they tell of it. Those whose
 * name nobody reads, because they stand on no route, are not remembered.
 */
export function declareMiddleware<T extends object>(middleware: T, declaration: OwnDeclaration): T {
  return declare(Object.defineProperty(middleware, 'name', { get: nameOf, configurable: true }), declaration)
}

/** What a middleware declares, if it is ours, or stands in for ours. */
export function readDeclaration(middleware: { readonly name: string }): OwnDeclaration | undefined {
  return declarationOf<ExpressLimiter, Req, Res>(middleware) ?? byName.get(middleware.name)?.deref()
}

function nameOf(this: object): string {
  let name = names.get(this)
  const declaration = declarationOf<ExpressLimiter, Req, Res>(this)
  if (name === undefined && declaration) {
    name = `sluice.${declaration.rule ? 'limit' : 'exempt'}#${byName.size + 1}`
    byName.set(name, new WeakRef(declaration))
    names.set(this, name)
  }
  return name ?? ''
}
