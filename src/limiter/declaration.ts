import type { Exemption } from './resolve.ts'
import type { Rule } from './rule.ts'

/** What a function of ours declares for the route that it is attached to, `L` being the class of its limiter. */
export interface Declaration<L, Req, Res> {
  readonly limiter: L
  readonly rule?: Rule<Req, Res>
  readonly exemption?: Exemption
}

const DECLARATION = Symbol('sluice.declaration')

/** Makes a function or object carry a declaration, so that it can be read off a route before any request. */
export function declare<T extends object>(carrier: T, declaration: Declaration<unknown, never, never>): T {
  return Object.defineProperty(carrier, DECLARATION, { value: declaration })
}

/** What something that stands on a route declares, if it is ours; an adapter knows its own `L`, `Req` and `Res`. */
export function declarationOf<L, Req, Res>(carrier: object): Declaration<L, Req, Res> | undefined {
  return (carrier as { [DECLARATION]?: Declaration<L, Req, Res> })[DECLARATION]
}

/** The limits among these that are one limiter's, each once. */
export function rulesOf<L, Req, Res>(
  declarations: readonly Declaration<L, Req, Res>[],
  limiter: L,
): readonly Rule<Req, Res>[] {
  const own = declarations.flatMap((declaration) =>
    declaration.limiter === limiter && declaration.rule ? [declaration.rule] : [],
  )
  return [...new Set(own)]
}

/** The exemption among these that is one limiter's; of several the last. */
export function exemptionOf<L, Req, Res>(
  declarations: readonly Declaration<L, Req, Res>[],
  limiter: L,
): Exemption | undefined {
  return declarations.findLast((declaration) => declaration.limiter === limiter && declaration.exemption)?.exemption
}
