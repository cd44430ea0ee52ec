import type { ClearTarget } from '../../limiter/clear.ts'
import type { CurrentLimit, Decision } from '../../limiter/decision.ts'
import type { Explanation } from '../../limiter/explanation.ts'
import type { KeyFunction, LimitOptions, Notation, SharedLimitOptions } from '../../limiter/limit-options.ts'
import type { LimiterOptions } from '../../limiter/options.ts'
import type { MaybePromise } from '../../storage/storage.ts'
import type {
  AppSpec,
  BoundLimiter,
  HandlerContext,
  LimitedFunction,
  LimitSpec,
  Reply,
  RequestView,
  ResponseView,
  RouteSpec,
} from './app-spec.ts'
import { Translation } from './translation.ts'

/** What `limiter.limit(…)` answers in every framework. */
export interface AdapterLimit<Req> {
  check(request: Req): MaybePromise<Decision>
  wrap(fn: () => unknown): () => unknown
}

/** What every adapter's limiter can do. */
export interface AdapterLimiter<Req, Res> {
  limit(notation: Notation<Req>, options?: LimitOptions<Req, Res>): AdapterLimit<Req>
  sharedLimit(notation: Notation<Req>, options: SharedLimitOptions<Req, Res>): AdapterLimit<Req>
  requestFilter(filter: (request: Req) => MaybePromise<boolean>): void
  check(request: Req): MaybePromise<Decision>
  explain(request: Req): MaybePromise<Explanation>
  currentLimit(request: Req): CurrentLimit | undefined
  currentLimits(request: Req): readonly CurrentLimit[]
  clear(target: ClearTarget): Promise<number>
  reset(): Promise<number>
}

/** What the framework has to give so that specs can be built in it. */
export interface AdapterParts<Req, Res, L> {
  createLimiter(options: LimiterOptions<Req, Res>): L
  readonly remoteAddress: KeyFunction<Req>
  viewRequest(request: Req): RequestView
  viewResponse(response: Res): ResponseView
  /** What stands in the framework's own place for request state. */
  state(request: Req): Decision | undefined
}

/**
 * The parts of an app that are the same in every framework: its limiters, its limits (each made once), and its handlers. What
 * is left to a harness is to put them together.
 */
export class AppParts<Req extends object, Res, L extends AdapterLimiter<Req, Res>> {
  readonly limiters: ReadonlyMap<string, L>
  readonly #parts: AdapterParts<Req, Res, L>
  readonly #translation: Translation<Req, Res>
  readonly #limits = new Map<LimitSpec, ReturnType<L['limit']>>()
  readonly #functions: ReadonlyMap<LimitedFunction, () => unknown>

  constructor(spec: AppSpec, parts: AdapterParts<Req, Res, L>) {
    this.#parts = parts
    this.#translation = new Translation(parts.viewRequest, parts.viewResponse)
    const limiters = new Map<string, L>()
    for (const { name = '', options, filters = [] } of spec.limiters) {
      const limiter = parts.createLimiter({ key: parts.remoteAddress, ...this.#translation.limiter(options) })
      for (const filter of filters) limiter.requestFilter(this.#translation.request(filter))
      limiters.set(name, limiter)
    }
    this.limiters = limiters
    this.#functions = new Map((spec.functions ?? []).map((fn) => [fn, this.limit(fn.limit).wrap(fn.run)]))
  }

  /** A limiter by its name; the first one if none is given. */
  limiter(name?: string): L {
    const limiter = name === undefined ? [...this.limiters.values()][0] : this.limiters.get(name)
    if (!limiter) throw new Error(`the app has no limiter ${name}`)
    return limiter
  }

  /** The notation and the options of a limit, for what takes these. */
  declaration({ limit, shared, limiter, ...options }: LimitSpec): {
    notation: Notation<Req>
    options: LimitOptions<Req, Res>
  } {
    return { notation: this.#translation.notation(limit), options: this.#translation.limit(options) }
  }

  /** What `limiter.limit(…)` or `limiter.sharedLimit(…)` makes of a limit. */
  limit(spec: LimitSpec): ReturnType<L['limit']> {
    let limit = this.#limits.get(spec)
    if (!limit) {
      const limiter = this.limiter(spec.limiter)
      const { notation, options } = this.declaration(spec)
      const made = spec.shared
        ? limiter.sharedLimit(notation, options as SharedLimitOptions<Req, Res>)
        : limiter.limit(notation, options)
      this.#limits.set(spec, (limit = made as ReturnType<L['limit']>))
    }
    return limit
  }

  /** What a route answers to a request. */
  async reply(route: RouteSpec, request: Req): Promise<Required<Reply>> {
    const reply = route.handler ? await route.handler(this.#context(request)) : 'ok'
    const { status = 200, headers = {}, body = '' } = typeof reply === 'string' ? { body: reply } : reply
    return { status, headers, body }
  }

  #context(request: Req): HandlerContext {
    return {
      request: this.#parts.viewRequest(request),
      state: this.#parts.state(request),
      limiter: (name) => bind(this.limiter(name), request),
      check: (limit) => this.limit(limit).check(request),
      call: (fn) => this.#functions.get(fn)!(),
    }
  }
}

function bind<Req, Res>(limiter: AdapterLimiter<Req, Res>, request: Req): BoundLimiter {
  return {
    check: () => limiter.check(request),
    explain: () => limiter.explain(request),
    get currentLimit() {
      return limiter.currentLimit(request)
    },
    get currentLimits() {
      return limiter.currentLimits(request)
    },
  }
}
