import type { RateLimit } from '../limit/rate-limit.ts'
import type { StrategyName } from '../strategy/strategy.ts'
import { parseFor } from './rule.ts'

/** What functions answer may be made of anything a client sends: what is remembered of it is bounded. */
const MOST_NOTATIONS = 1000

/** Remembers what the notations that functions answer mean. */
export class NotationCache {
  readonly #known = new Map<string, readonly RateLimit[]>()

  /** The limits of a notation. Throws a NotationError. */
  parse(notation: string, strategy: StrategyName): readonly RateLimit[] {
    const id = `${strategy} ${notation}`
    let limits = this.#known.get(id)
    if (!limits) {
      limits = parseFor(notation, strategy)
      if (this.#known.size >= MOST_NOTATIONS) this.#known.clear()
      this.#known.set(id, limits)
    }
    return limits
  }
}
