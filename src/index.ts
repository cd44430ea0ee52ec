import { type ConfiguredOptions, withConfigured } from './limiter/from-config.ts'
import type { LimiterOptions } from './limiter/options.ts'
import { PlainLimiter } from './limiter/plain-limiter.ts'

/** The options of `createLimiter` where no framework is involved. */
export type PlainLimiterOptions<Req extends object> = LimiterOptions<Req, undefined>

/** Makes a limiter for anything that is no HTTP framework. Throws a ConfigurationError for options that cannot be used. */
export function createLimiter<Req extends object>(
  options: PlainLimiterOptions<Req> | (Partial<PlainLimiterOptions<Req>> & ConfiguredOptions),
): PlainLimiter<Req> {
  return new PlainLimiter(withConfigured(options as PlainLimiterOptions<Req>))
}

export { type PlainEndpoint, type PlainLimit, PlainLimiter } from './limiter/plain-limiter.ts'
export { type Clock, type EpochMs, systemClock } from './clock.ts'
export {
  ConfigurationError,
  ERROR_CODES,
  type ErrorCode,
  isLimiterError,
  LimiterError,
  NotationError,
  StorageError,
} from './errors.ts'
export { parseLimits } from './limit/parse-limits.ts'
export { type Granularity, rateLimit, type RateLimit } from './limit/rate-limit.ts'
export {
  type Answer,
  type CurrentLimit,
  type Decision,
  type LimitSource,
  RateLimitExceeded,
  ServiceUnavailable,
} from './limiter/decision.ts'
export type { LimiterEvents, Logger } from './limiter/events.ts'
export { type ConfiguredOptions, fromConfig } from './limiter/from-config.ts'
export type * from './limiter/limit-options.ts'
export type { HeaderSet, LimiterOptions, OnStorageError } from './limiter/options.ts'
export { WARNING_CODES, type WarningCode } from './limiter/warnings.ts'
export { memoryStorage } from './storage/memory/memory-storage.ts'
export type { BatchResult, Entry, EvaluateOptions, MaybePromise, Role, Storage, Verdict } from './storage/storage.ts'
export type { Quota, StrategyName } from './strategy/strategy.ts'
