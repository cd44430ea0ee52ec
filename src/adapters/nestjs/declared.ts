import type { LimitOptions, Notation } from '../../limiter/limit-options.ts'
import type { Exemption } from '../../limiter/resolve.ts'
import { metadata } from './metadata.ts'
import type { Req, Res } from './types.ts'

/** What a decorator declares. The same one is the same limit, wherever it is found. */
export interface Declared {
  readonly limiter: string | undefined
  readonly limit?: {
    readonly notation: Notation<Req>
    readonly options: LimitOptions<Req, Res>
    readonly shared: boolean
    readonly decorator: string
  }
  readonly exemption?: Exemption
}

const KEY = 'sluice:limits'

/** What the decorators on a class or a function declare, from top to bottom; those of a base class are its own. */
export function declaredOn(target: object): readonly Declared[] {
  return (metadata().getOwnMetadata(KEY, target) ?? []) as readonly Declared[]
}

/** Adds to what is declared. Decorators run from bottom to top. */
export function declareOn(target: object, declared: Declared): void {
  metadata().defineMetadata(KEY, [declared, ...declaredOn(target)], target)
}
