import type { MaybePromise } from '../storage/storage.ts'
import type { StrategyName } from '../strategy/strategy.ts'
import type { Answer, CurrentLimit } from './decision.ts'

/** Names the client to count; undefined: this limit does not apply to the request. */
export type KeyFunction<Req> = (request: Req) => MaybePromise<string | undefined>

/** Limits in words ("5 per minute; 100/day"), or a function that gives them for a request. An empty answer means: no limit. */
export type Notation<Req> = string | ((request: Req) => MaybePromise<string>)

/** Called when a limit refuses. What it answers is sent instead of the usual refusal. */
export type BreachFunction<Req> = (
  limit: CurrentLimit,
  request: Req,
) => MaybePromise<Answer | string | undefined | void>

/** What a meta limit can have; it counts refusals, so there is nothing to deduct and nothing above it. */
export interface MetaLimitOptions<Req> {
  /** Who is counted; by default whom the limit it watches counts. */
  readonly key?: KeyFunction<Req> | undefined
  /** Tells apart what would otherwise share a counter: a name, or a function of the endpoint. */
  readonly scope?: string | ((endpoint: string, request: Req) => string) | undefined
  /** What one request costs: an integer ≥ 0, by default 1. */
  readonly cost?: number | ((request: Req) => MaybePromise<number>) | undefined
  /** Limits these methods only. */
  readonly methods?: readonly string[] | undefined
  /** Counts every method by itself. */
  readonly perMethod?: boolean | undefined
  /** True: the limit does not apply to this request. */
  readonly exemptWhen?: ((request: Req) => MaybePromise<boolean>) | undefined
  /** The text of the refusal instead of the limit's own ("5 per 1 minute"). */
  readonly errorMessage?: string | ((request: Req) => MaybePromise<string>) | undefined
  readonly onBreach?: BreachFunction<Req> | undefined
  readonly strategy?: StrategyName | undefined
  /** The policy name in headers and metrics. */
  readonly name?: string | undefined
}

/** What a limit can have beside its notation. */
export interface LimitOptions<Req, Res> extends MetaLimitOptions<Req> {
  /** Charge only when this says so of the response; the limit is tested before the handler all the same. */
  readonly deductWhen?: ((response: Res, request: Req) => boolean) | undefined
  /** Whether this limit stands in for the defaults (and for a group: for those of the groups around it) or adds to them. By default true. */
  readonly overrideDefaults?: boolean | undefined
  /** Limits on the refusals of this limit. */
  readonly metaLimits?: readonly MetaLimitEntry<Req>[] | undefined
}

/** A shared limit: its scope names the counter that the routes share. */
export interface SharedLimitOptions<Req, Res> extends LimitOptions<Req, Res> {
  readonly scope: string | ((endpoint: string, request: Req) => string)
}

/** A limit as an object, where a list of limits is given. */
export interface LimitObject<Req, Res> extends Omit<LimitOptions<Req, Res>, 'overrideDefaults'> {
  readonly limit: Notation<Req>
  /** One counter for all routes, named by `scope`, instead of one per route. */
  readonly shared?: boolean | undefined
}

/** A meta limit as an object. */
export interface MetaLimitObject<Req> extends MetaLimitOptions<Req> {
  readonly limit: Notation<Req>
}

/** An entry of `defaultLimits` and `applicationLimits`. */
export type LimitEntry<Req, Res> = Notation<Req> | LimitObject<Req, Res>
/** An entry of `metaLimits`. */
export type MetaLimitEntry<Req> = Notation<Req> | MetaLimitObject<Req>

/** From which limits to exempt. Left out: not from these. */
export interface ExemptionScopes {
  readonly application?: boolean | undefined
  readonly default?: boolean | undefined
  /** The gate of meta limits; refusals are still counted. */
  readonly meta?: boolean | undefined
  /** Groups: from the limits of the groups around it. */
  readonly ancestors?: boolean | undefined
  /** Groups: what is exempted holds for the groups inside as well, and they do not inherit this group's limits. */
  readonly descendants?: boolean | undefined
}
