export {
  createLimiter,
  type FetchLimit,
  FetchLimiter,
  type FetchLimiterOptions,
  type Handler,
} from './fetch-limiter.ts'
export { remoteAddress } from './remote-address.ts'
export { HandlerGroup, type HandlerGroupOptions } from '../../http/handler-limiter.ts'
export type { HandlerLimit, HandlerLimitObject, HandlerOptions } from '../../http/handler-route.ts'
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
