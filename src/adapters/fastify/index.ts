import type { Decision } from '../../limiter/decision.ts'
import type { RouteLimits } from './types.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route's own limits, or false: it is exempt from every limit. */
    rateLimit?: RouteLimits
  }

  interface FastifyRequest {
    /** What a limiter decided about this request; with several limiters, the tightest of them. */
    readonly rateLimit: Decision | undefined
  }
}

export {
  createLimiter,
  type ExemptHook,
  FastifyLimiter,
  type FastifyLimiterOptions,
  type LimiterPlugin,
  type LimitHook,
} from './fastify-limiter.ts'
export { remoteAddress } from './remote-address.ts'
export type { RouteLimit, RouteLimits } from './types.ts'
export {
  type Answer,
  type CurrentLimit,
  type Decision,
  RateLimitExceeded,
  ServiceUnavailable,
} from '../../limiter/decision.ts'
export { ConfigurationError, isLimiterError, LimiterError, NotationError, StorageError } from '../../errors.ts'
export { type ConfiguredOptions, fromConfig } from '../../limiter/from-config.ts'
