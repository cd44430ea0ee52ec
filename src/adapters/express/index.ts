import type { Decision } from '../../limiter/decision.ts'

declare global {
  namespace Express {
    interface Request {
      /** What a limiter decided about this request; with several limiters, the tightest of them. */
      rateLimit?: Decision
    }
  }
}

export {
  createLimiter,
  type ExemptMiddleware,
  ExpressLimiter,
  type ExpressLimiterOptions,
  type LimitMiddleware,
} from './express-limiter.ts'
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
