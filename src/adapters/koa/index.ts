import type { Decision } from '../../limiter/decision.ts'

declare module 'koa' {
  interface DefaultState {
    /** What a limiter decided about this request; with several limiters, the tightest of them. */
    rateLimit?: Decision
  }
}

export {
  createLimiter,
  type ExemptMiddleware,
  KoaLimiter,
  type KoaLimiterOptions,
  type LimitMiddleware,
} from './koa-limiter.ts'
export { remoteAddress } from './remote-address.ts'
export {
  type Answer,
  type CurrentLimit,
  type Decision,
  RateLimitExceeded,
  ServiceUnavailable,
} from '../../limiter/decision.ts'
export { ConfigurationError, isLimiterError, LimiterError, NotationError, StorageError } from '../../errors.ts'
export { type ConfiguredOptions, fromConfig } from '../../limiter/from-config.ts'
