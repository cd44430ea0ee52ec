import type { CurrentLimit, Decision } from '../../limiter/decision.ts'
import type { Explanation } from '../../limiter/explanation.ts'
import type { ExemptionScopes, KeyFunction, LimitOptions, Notation } from '../../limiter/limit-options.ts'
import type { LimiterOptions } from '../../limiter/options.ts'
import type { MaybePromise } from '../../storage/storage.ts'

/** What the functions of a spec can ask of a request, whatever the framework. */
export interface RequestView {
  readonly method: string
  /** The whole path, without the query. */
  readonly path: string
  /** Who is signed in, in an app that authenticates. */
  readonly user: string | undefined
  header(name: string): string | undefined
  /** A parameter of the route pattern. */
  param(name: string): string | undefined
}

/** What the functions of a spec can ask of a response. */
export interface ResponseView {
  readonly status: number
  header(name: string): string | undefined
}

/** An app, described so that every framework can build it in its own way. */
export interface AppSpec {
  /** In the order in which they are installed. */
  readonly limiters: readonly LimiterSpec[]
  /**
   * The app signs in whom the request header `X-User` names, where apps of this framework do that; `required`: it answers 401
   * to everybody else.
   */
  readonly authentication?: 'optional' | 'required'
  /** Limits that stand before authentication and decide right there, for every request. */
  readonly standing?: readonly LimitSpec[]
  readonly routes?: readonly RouteSpec[]
  readonly groups?: readonly GroupSpec[]
  /** The functions that handlers call. */
  readonly functions?: readonly LimitedFunction[]
}

/** A limiter of the app. */
export interface LimiterSpec {
  /** What limits and exemptions call it by; left out: they need no name. */
  readonly name?: string
  /** Without a `key` the framework's `remoteAddress`. */
  readonly options: Omit<LimiterOptions<RequestView, ResponseView>, 'key'> & { readonly key?: KeyFunction<RequestView> }
  readonly filters?: readonly ((request: RequestView) => MaybePromise<boolean>)[]
  /** Install it only when all routes are declared. */
  readonly late?: boolean
}

/** A limit on a route, a group, a block of code or a function. The same object, used twice, is the same limit. */
export interface LimitSpec extends LimitOptions<RequestView, ResponseView> {
  readonly limit: Notation<RequestView>
  /** It is a `sharedLimit`; needs a `scope`. */
  readonly shared?: boolean
  /** The name of its limiter. */
  readonly limiter?: string
}

/** `'all'`: bare `exempt()`. */
export type ExemptSpec = 'all' | ExemptionScopes

/** Routes under a common path: a router, an encapsulated plugin, a sub-app, a controller. */
export interface GroupSpec {
  /** Such as `/api` or `/t/:tenant`. */
  readonly prefix: string
  readonly limits?: readonly LimitSpec[]
  readonly exempt?: ExemptSpec
  readonly routes?: readonly RouteSpec[]
  readonly groups?: readonly GroupSpec[]
}

/** A route. Several with one path answer different methods of it. */
export interface RouteSpec {
  readonly path: string
  /** GET if left out. */
  readonly methods?: readonly string[]
  readonly limits?: readonly LimitSpec[]
  readonly exempt?: ExemptSpec
  /** Answers 200 `ok` if left out. What it throws is an error of the app: answered by 500. */
  readonly handler?: Handler
}

export type Handler = (context: HandlerContext) => MaybePromise<Reply | string>

/** What a handler answers; as a string, the body of a 200. */
export interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Text is sent at once, anything else piece by piece. */
  readonly body?: string | AsyncIterable<string>
}

/** What a handler has at hand. */
export interface HandlerContext {
  readonly request: RequestView
  /** What the framework's own place for request state holds. */
  readonly state: Decision | undefined
  limiter(name?: string): BoundLimiter
  /** Counts a block of code: `limiter.limit(…).check(request)`. */
  check(limit: LimitSpec): MaybePromise<Decision>
  /** Calls a function that is limited: `limiter.limit(…).wrap(fn)`. */
  call(fn: LimitedFunction): unknown
}

/** A function that is limited by `wrap`. */
export interface LimitedFunction {
  readonly limit: LimitSpec
  readonly run: () => unknown
}

/** A limiter, asked about the request at hand. */
export interface BoundLimiter {
  check(): MaybePromise<Decision>
  explain(): MaybePromise<Explanation>
  readonly currentLimit: CurrentLimit | undefined
  readonly currentLimits: readonly CurrentLimit[]
}
