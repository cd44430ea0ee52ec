import type { Decision } from '../../limiter/decision.ts'

declare module 'node:http' {
  interface IncomingMessage {
    /** What a limiter decided about this request; with several limiters, the tightest of them. */
    rateLimit?: Decision
  }
}

export {
  createLimiter,
  type Listener,
  type ListenerLimit,
  NodeHttpLimiter,
  type NodeHttpLimiterOptions,
} from './node-http-limiter.ts'
export { remoteAddress } from './remote-address.ts'
export { HandlerGroup, type HandlerGroupOptions } from '../../http/handler-limiter.ts'
export type { HandlerLimit, HandlerLimitObject, HandlerOptions } from '../../http/handler-route.ts'
export type { TrustProxy } from '../../http/proxy-trust.ts'
export {
  type Answer,
  type CurrentLimit,
  type Decision,
  RateLimitExceeded,
  ServiceUnavailable,
} from '../../limiter/decision.ts'
export { ConfigurationError, isLimiterError, LimiterError, NotationError, StorageError } from '../../errors.ts'
export { type ConfiguredOptions, fromConfig } from '../../limiter/from-config.ts'
