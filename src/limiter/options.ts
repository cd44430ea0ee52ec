import type { Clock } from '../clock.ts'
import type { StorageSource } from '../storage/uri.ts'
import type { StrategyName } from '../strategy/strategy.ts'
import type { Decision } from './decision.ts'
import type { Logger } from './events.ts'
import type { BreachFunction, KeyFunction, LimitEntry, MetaLimitEntry } from './limit-options.ts'
import type { WarningCode } from './warnings.ts'

/** What a request gets when the storage cannot decide it. */
export type OnStorageError =
  | 'raise' /** the framework's error answer (500) */
  | 'allow' /** it passes */
  | 'refuse' /** 503 */
  | 'fallback' /** the same limits, counted in this process, until the storage is back */
  | { readonly fallback: readonly string[] } /** these limits instead, counted in this process */

/**
 * A set of headers that tells a client about its limits.
 *
 * - `legacy`: `X-RateLimit-Limit`, `-Remaining`, `-Reset` and `Retry-After`, as Flask-Limiter sends them.
 * - `standard`: `RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers-08 to -11, one item a limit.
 * - `draft-6`: `RateLimit-Policy`, `RateLimit-Limit`, `-Remaining`, `-Reset` of the draft's version 06.
 * - `draft-7`: `RateLimit-Policy` and `RateLimit` of the draft's version 07.
 */
export type HeaderSet = 'legacy' | 'standard' | 'draft-6' | 'draft-7'

/** The options of `createLimiter`. `Req` and `Res` are the framework's request and response. */
export interface LimiterOptions<Req, Res> {
  /** Names the client to count. */
  readonly key: KeyFunction<Req>
  /** Limits of every matched route, counted for each route by itself, unless limits of its own stand in for them. */
  readonly defaultLimits?: readonly LimitEntry<Req, Res>[] | undefined
  readonly defaultLimitsPerMethod?: boolean | undefined
  readonly defaultLimitsExemptWhen?: ((request: Req) => boolean | Promise<boolean>) | undefined
  readonly defaultLimitsDeductWhen?: ((response: Res, request: Req) => boolean) | undefined
  readonly defaultLimitsCost?: number | ((request: Req) => number | Promise<number>) | undefined
  /** Limits with one counter for all matched routes together. */
  readonly applicationLimits?: readonly LimitEntry<Req, Res>[] | undefined
  readonly applicationLimitsPerMethod?: boolean | undefined
  readonly applicationLimitsExemptWhen?: ((request: Req) => boolean | Promise<boolean>) | undefined
  readonly applicationLimitsDeductWhen?: ((response: Res, request: Req) => boolean) | undefined
  readonly applicationLimitsCost?: number | ((request: Req) => number | Promise<number>) | undefined
  /** Limits on refusals: a client that is refused too often is refused everything for a while. */
  readonly metaLimits?: readonly MetaLimitEntry<Req>[] | undefined
  /** Limits of requests that no route answers. */
  readonly unmatchedLimits?: readonly LimitEntry<Req, Res>[] | undefined
  /** Called for every limit that refuses, before the limit's own. */
  readonly onBreach?: BreachFunction<Req> | undefined
  /** Called when a meta limit refuses and has no function of its own. */
  readonly onMetaBreach?: BreachFunction<Req> | undefined
  /** Report (and count by meta limits) the first refusing limit only. By default true. */
  readonly failOnFirstBreach?: boolean | undefined
  /** By default `fixed-window`. */
  readonly strategy?: StrategyName | undefined
  /** Where counters live: a URI, an object with a `uri`, a storage, or a client of Redis that the app has. By default `memory://`. */
  readonly storage?: StorageSource | undefined
  /** Options of the storage itself, such as `maxKeys` of memory. */
  readonly storageOptions?: Readonly<Record<string, unknown>> | undefined
  /** How long a request waits for the storage, in ms. By default 250. */
  readonly storageTimeout?: number | undefined
  /** By default `raise`. */
  readonly onStorageError?: OnStorageError | undefined
  /** What an error in a function given to the limiter does: `raise` (the default) answers it as the framework does, `allow` lets the request pass. A refusal never turns into a pass by it. */
  readonly onCallbackError?: 'raise' | 'allow' | undefined
  /** What a limit in code that does not parse does: `raise` (the default) throws where it is declared; `defaults` logs an error and leaves the default limits in force, as Flask-Limiter does. */
  readonly malformedLimits?: 'raise' | 'defaults' | undefined
  /** How long refusals of a remote storage are remembered, in ms, by default 1000; false: not at all. */
  readonly refusalMemory?: number | false | undefined
  /** Response headers to send. By default only `Retry-After` on refusals. */
  readonly headers?:
    | HeaderSet
    | readonly HeaderSet[]
    | ((decision: Decision) => Readonly<Record<string, string>>)
    | undefined
  /** Other names for the headers of `legacy`. */
  readonly headerNames?:
    | Readonly<Partial<Record<'limit' | 'remaining' | 'reset' | 'retryAfter', string | undefined>>>
    | undefined
  /** How `Retry-After` is written. By default in seconds. */
  readonly retryAfter?: 'delta-seconds' | 'http-date' | undefined
  /** Keeps the counters of limiters on one storage apart. By default empty. */
  readonly keyPrefix?: string | undefined
  /** Names the endpoint of a request instead of method and route pattern; an empty answer means: unmatched. */
  readonly requestIdentifier?: ((request: Req) => string) | undefined
  /** Whether matched routes are limited by themselves (the default) or only by `limiter.check(request)`. */
  readonly autoCheck?: boolean | undefined
  /** False switches all limiting off. */
  readonly enabled?: boolean | undefined
  /** How many bits of an IPv6 address make a client, 1 to 128. By default 64. */
  readonly ipv6Prefix?: number | undefined
  /** Codes of warnings not to give. */
  readonly silence?: readonly WarningCode[] | undefined
  /** Tells the time instead of the storage: for tests. */
  readonly clock?: Clock | undefined
  /** By default warnings and errors go to the console, and the news that a storage is found again. */
  readonly logger?: Logger | undefined
}
