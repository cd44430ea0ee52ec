import type { Decision } from '../../limiter/decision.ts'

declare module 'hono' {
  interface ContextVariableMap {
    /** What a limiter decided about this request; with several limiters, the tightest of them. */
    rateLimit?: Decision
  }
}

export { createLimiter, HonoLimiter, type HonoLimiterOptions, type LimitMiddleware } from './hono-limiter.ts'
export type { HonoApp } from './types.ts'
export { remoteAddress } from './remote-address.ts'
export type { TrustProxy } from '../../http/proxy-trust.ts'
export type { BoundStorage } from '../../limiter/bound-engines.ts'
export {
  type Answer,
  type CurrentLimit,
  type Decision,
  RateLimitExceeded,
  ServiceUnavailable,
} from '../../limiter/decision.ts'
export { ConfigurationError, isLimiterError, LimiterError, NotationError, StorageError } from '../../errors.ts'
export { type ConfiguredOptions, fromConfig } from '../../limiter/from-config.ts'
