import { ConfigurationError } from '../../errors.ts'
import { checkType } from '../../limiter/check-options.ts'
import type { ExemptionScopes, LimitOptions, Notation, SharedLimitOptions } from '../../limiter/limit-options.ts'
import { checkScopes } from '../../limiter/limiter.ts'
import { checkLimitOptions } from '../../limiter/rule.ts'
import { show } from '../../show.ts'
import { type Declared, declareOn } from './declared.ts'
import { metadata, NEST } from './metadata.ts'
import type { Req, Res } from './types.ts'
import { limiterToken } from './tokens.ts'

/** Which limiter a decorator speaks to, in an app that has several. */
export interface LimiterName {
  /** The `name` of its module; left out: the one without a name. */
  readonly limiter?: string | undefined
}

/** Decorates classes and their methods. */
export type LimitDecorator = ClassDecorator & MethodDecorator

/**
 * A limit for a handler; on a controller or a module, for all handlers in it, counted for each by itself. It stands in for the
 * defaults, unless `overrideDefaults: false`. Throws a ConfigurationError for an unknown option.
 */
export function RateLimit(
  notation: Notation<Req>,
  { limiter, ...options }: LimitOptions<Req, Res> & LimiterName = {},
): LimitDecorator {
  checkLimitOptions(options, '@RateLimit')
  return declaring({ limiter: limiter ?? '', limit: { notation, options, shared: false, decorator: '@RateLimit' } })
}

/** A limit with one counter for all handlers that have the same `scope`. Throws a ConfigurationError without one. */
export function SharedRateLimit(
  notation: Notation<Req>,
  { limiter, ...options }: SharedLimitOptions<Req, Res> & LimiterName,
): LimitDecorator {
  const where = '@SharedRateLimit'
  checkLimitOptions(options, where)
  checkType(options.scope, `${where}: scope`, 'string', 'function')
  if (!options.scope) {
    throw new ConfigurationError(
      `${where}: scope: expected the name of what is shared, or a function of the endpoint, got ${show(options.scope)}`,
    )
  }
  return declaring({ limiter: limiter ?? '', limit: { notation, options, shared: true, decorator: where } })
}

/** Exempts a handler, or what is in a controller or a module: bare from every limit, with scopes from exactly those. */
export function SkipRateLimit(scopes?: ExemptionScopes, { limiter }: LimiterName = {}): LimitDecorator {
  return declaring({ limiter, exemption: checkScopes(scopes, '@SkipRateLimit') })
}

/** Injects a limiter, for constructor parameters and properties. Without a name, `NestLimiter` as a type does the same. */
export function InjectLimiter(name?: string): ParameterDecorator & PropertyDecorator {
  const token = limiterToken(name)
  const inject = (target: object, property: string | symbol | undefined, index?: number): void => {
    const [key, holder, entry] =
      index === undefined
        ? ([NEST.injectedProperties, target.constructor, { key: property, type: token }] as const)
        : ([NEST.injectedParams, target, { index, param: token }] as const)
    const known = (metadata().getMetadata(key, holder) ?? []) as readonly unknown[]
    metadata().defineMetadata(key, [...known, entry], holder)
  }
  return inject
}

function declaring(declared: Declared): LimitDecorator {
  const decorate = (target: object, _property?: string | symbol, descriptor?: PropertyDescriptor): void => {
    const holder = descriptor ? (descriptor.value as object) : target
    declareOn(holder, declared)
  }
  return decorate
}
