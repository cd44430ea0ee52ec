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
  InjectLimiter,
  type LimitDecorator,
  type LimiterName,
  RateLimit,
  SharedRateLimit,
  SkipRateLimit,
} from './decorators.ts'
export { createLimiter, type LimitGuard, NestLimiter, type NestLimiterOptions } from './nest-limiter.ts'
export { remoteAddress } from './remote-address.ts'
export { SluiceGuard } from './sluice-guard.ts'
export {
  type SluiceAsyncOptions,
  SluiceModule,
  type SluiceModuleOptions,
  type SluiceOptions,
  type SluiceOptionsFactory,
} from './sluice-module.ts'
export {
  type Answer,
  type CurrentLimit,
  type Decision,
  RateLimitExceeded,
  ServiceUnavailable,
} from '../../limiter/decision.ts'
export { ConfigurationError, isLimiterError, LimiterError, NotationError, StorageError } from '../../errors.ts'
export { type ConfiguredOptions, fromConfig } from '../../limiter/from-config.ts'
