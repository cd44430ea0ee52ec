import type { Endpoint, Exemption } from './resolve.ts'
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

/** What one limiter declares among these: its limits, each once, and of its exemptions the last. */
export function declaredBy<L, Req, Res>(
  limiter: L,
  declarations: readonly Declaration<L, Req, Res>[],
): Pick<Endpoint<Req, Res>, 'rules' | 'exemption'> {
  const own = declarations.filter((declaration) => declaration.limiter === limiter)
  return {
    rules: [...new Set(own.flatMap(({ rule }) => rule ?? []))],
    exemption: own.findLast(({ exemption }) => exemption)?.exemption,
  }
}
