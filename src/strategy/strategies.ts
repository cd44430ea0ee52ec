import { ConfigurationError } from '../errors.ts'
import type { RateLimit } from '../limit/rate-limit.ts'
import { nearest } from '../nearest.ts'
import { show } from '../show.ts'
import { fixedWindow, fixedWindowElasticExpiry } from './fixed-window.ts'
import { movingWindow } from './moving-window.ts'
import { slidingWindowCounter } from './sliding-window-counter.ts'
import type { Strategy, StrategyName } from './strategy.ts'
import { tokenBucket } from './token-bucket.ts'

const STRATEGIES: ReadonlyMap<string, Strategy> = new Map(
  [fixedWindow, fixedWindowElasticExpiry, movingWindow, slidingWindowCounter, tokenBucket].map((strategy) => [
    strategy.name,
    strategy,
  ]),
)

/** The names that {@link strategyOf} knows. */
export const STRATEGY_NAMES: readonly StrategyName[] = [...STRATEGIES.values()].map((strategy) => strategy.name)

/**
 * The strategy of this name.
 *
 * @throws ConfigurationError `ERR_UNKNOWN_STRATEGY`, with the nearest name.
 */
export function strategyOf(name: string): Strategy {
  const strategy = STRATEGIES.get(name)
  if (strategy !== undefined) return strategy
  const meant = typeof name === 'string' ? nearest(name, STRATEGY_NAMES) : undefined
  const hint = meant === undefined ? `use one of ${STRATEGY_NAMES.join(', ')}` : `did you mean "${meant}"?`
  throw new ConfigurationError(`there is no strategy ${show(name)}; ${hint}`, {
    code: 'ERR_UNKNOWN_STRATEGY',
  })
}

/**
 * Makes sure that a strategy can count a limit exactly: sliding-window-counter and token-bucket multiply the amount by the
 * window, and the product must not exceed 2^53 − 1. 1000 per year does so by far.
 *
 * @throws ConfigurationError `ERR_LIMIT_RANGE`.
 */
export function checkRange(limit: RateLimit, strategy: StrategyName): void {
  const multiplies = strategy === 'sliding-window-counter' || strategy === 'token-bucket'
  if (!multiplies || limit.amount * limit.windowMs <= Number.MAX_SAFE_INTEGER) return
  const most = Math.floor(Number.MAX_SAFE_INTEGER / limit.windowMs)
  const message = `the limit "${limit.text}" is too large for ${strategy}: at most ${most} fit into this window, for amount × window in ms must not exceed 9007199254740991`
  throw new ConfigurationError(message, { code: 'ERR_LIMIT_RANGE' })
}
