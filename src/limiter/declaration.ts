import type { Endpoint, Exemption } from './resolve.ts'
import type { Rule } from './rule.ts'

/** What a function of ours declares for the route that it is attached to, `L` being the class of its limiter. */
export interface Declaration<L, Req, Res> {
  readonly limiter: L
  readonly rule?: Rule<Req, Res>
  readonly exemption?: Exemption
}

/**
 * Tools that trace requests put functions of their own in the place of those of an app. If they copy anything, it is what can be
 * enumerated under a name.
 */
const DECLARATION = 'sluice.declaration'

/** Others of these tools keep the function that they replaced as a property. */
const ORIGINAL = /original/i

/** More tools than an app has, one around the other; a function may say of itself that it is the original. */
const MOST_WRAPPERS = 4

/** A function holds the declaration, so that whoever prints a carrier is not shown a whole limiter. */
interface Carrier {
  readonly [DECLARATION]?: () => Declaration<unknown, never, never>
}

/** Makes a function or object carry a declaration, so that it can be read off a route before any request. */
export function declare<T extends object>(carrier: T, declaration: Declaration<unknown, never, never>): T {
  return Object.defineProperty(carrier, DECLARATION, { value: () => declaration, enumerable: true })
}

/**
 * What something that stands on a route declares, if it is ours, or stands in for ours and shows it; an adapter knows its own `L`,
 * `Req` and `Res`.
 */
export function declarationOf<L, Req, Res>(carrier: object): Declaration<L, Req, Res> | undefined {
  return find(carrier, MOST_WRAPPERS) as Declaration<L, Req, Res> | undefined
}

function find(carrier: object, wrappers: number): Declaration<unknown, never, never> | undefined {
  const declared = (carrier as Carrier)[DECLARATION]
  if (declared || wrappers === 0) return declared?.()
  for (const key of Reflect.ownKeys(carrier)) {
    if (!ORIGINAL.test(typeof key === 'symbol' ? (key.description ?? '') : key)) continue
    const original: unknown = Object.getOwnPropertyDescriptor(carrier, key)?.value
    const found = typeof original === 'function' ? find(original, wrappers - 1) : undefined
    if (found) return found
  }
  return undefined
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
