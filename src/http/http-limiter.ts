import { ConfigurationError } from '../errors.ts'
import { BoundEngines, type BoundStorage } from '../limiter/bound-engines.ts'
import { Checkpoint } from '../limiter/checkpoint.ts'
import { UNMATCHED } from '../limiter/clear.ts'
import type { CompiledEndpoint } from '../limiter/compiled-endpoint.ts'
import type { Decision } from '../limiter/decision.ts'
import { Engine } from '../limiter/engine.ts'
import { Limiter } from '../limiter/limiter.ts'
import type { LimiterOptions } from '../limiter/options.ts'
import type { Outcome } from '../limiter/outcome.ts'
import type { RequestRecord } from '../limiter/request-record.ts'
import type { Rule } from '../limiter/rule.ts'
import { isPromise } from '../limiter/steps.ts'
import type { MaybePromise } from '../storage/storage.ts'
import { checkIpv6Prefix } from './client-address.ts'
import { createHeaderWriter, type HeaderWriter } from './headers.ts'
import type { HttpExchange, HttpRecord } from './http-exchange.ts'

/** What a limit can do in code, wherever it was made. */
export interface CodeLimit<Req> {
  /** Counts a block of code inside a handler. Throws, or rejects with, RateLimitExceeded. */
  check(request: Req): MaybePromise<Decision>
  /** The same function, counted on every call while a request is handled. Throws, or rejects with, RateLimitExceeded. */
  wrap<This, Args extends unknown[], Result>(
    fn: (this: This, ...args: Args) => Result,
  ): (this: This, ...args: Args) => MaybePromise<Awaited<Result>> | Result
}

/** What is thrown where a limit runs in an app that its limiter does not stand before. */
export function unknownApp(remedy = 'limiter.init(app)'): ConfigurationError {
  return new ConfigurationError(`limiter.limit(…) runs in an app that its limiter does not know; call ${remedy}`)
}

/** What is thrown where an exemption runs that exempts nothing, because it is not seen on the route. */
export function hiddenExemption(remedy = ''): ConfigurationError {
  return new ConfigurationError(
    `limiter.exempt() runs in a route that does not show it: a function around it, such as one of a tool that traces requests, hides it from the limiter${remedy}`,
  )
}

/** How an adapter differs from the others. */
export interface HttpLimiterForm<Req> {
  /** Options that only this adapter has. */
  readonly extraOptions?: readonly string[]
  /** For frameworks that would change the names of headers so on each call. */
  readonly lowerCaseNames?: boolean
  /** The storage of a request, where each brings its own. */
  readonly storageOf?: ((request: Req) => BoundStorage) | undefined
}

// To ask for a header that nobody else asks for can cost as much as to decide.
const MOST_INSPECTIONS = 1000
const PAUSE = 63

/** What a limiter that stands before HTTP requests has beside the core: how it writes headers, and what it decided of whom. */
export abstract class HttpLimiter<Req extends object, Res> extends Limiter<Req, Res> {
  /** @internal */
  readonly ipv6Prefix: number
  /** Whether allowed answers carry headers. @internal */
  readonly writesHeaders: boolean
  /** @internal */
  readonly writeHeaders: HeaderWriter
  /** The endpoint of requests that no route takes. @internal */
  readonly unmatchedEndpoint: CompiledEndpoint<Req, Res>
  /** Whether a function is limited by `wrap`. @internal */
  wraps = false
  readonly #retryAfterName: string
  #inspections = 0
  readonly #bound: BoundEngines<Req, Res> | undefined

  constructor(
    options: LimiterOptions<Req, Res>,
    { extraOptions = [], lowerCaseNames = false, storageOf }: HttpLimiterForm<Req> = {},
  ) {
    const bound = storageOf && new BoundEngines<Req, Res>(storageOf, options.storageOptions)
    super(bound ? { ...options, storage: bound, storageOptions: {} } : options, extraOptions)
    this.#bound = bound
    if (bound) bound.create = (storage) => new Engine(this.settings, storage, this.reporter, this.engine)
    this.ipv6Prefix = checkIpv6Prefix(options.ipv6Prefix ?? 64)
    const { headers, headerNames, retryAfter } = options
    this.writeHeaders = createHeaderWriter({ headers, headerNames, retryAfter, lowerCaseNames })
    this.writesHeaders = headers !== undefined && (!Array.isArray(headers) || headers.length > 0)
    this.#retryAfterName = (headerNames?.retryAfter ?? 'Retry-After').toLowerCase()
    this.unmatchedEndpoint = this.standing(UNMATCHED, this.settings.unmatched)
  }

  /** What is kept of a request that this adapter has met. */
  protected abstract exchangeOf(request: Req): HttpExchange<Req, Res> | undefined

  /** @internal */
  override engineFor(request: Req): Engine<Req, Res> {
    return this.#bound ? this.#bound.engineFor(request) : this.engine
  }

  /** Whether it is worth looking for signs of a proxy: at the first requests, and then at one now and then. @internal */
  inspectsProxies(): boolean {
    const count = this.#inspections
    this.#inspections = count === MOST_INSPECTIONS + PAUSE ? MOST_INSPECTIONS : count + 1
    return count <= MOST_INSPECTIONS
  }

  /** @internal */
  isRetryAfter(name: string): boolean {
    return name.length === this.#retryAfterName.length && name.toLowerCase() === this.#retryAfterName
  }

  /**
   * A request has reached a route: decides what is left to decide there. Answers undefined where nothing is decided by itself.
   * @internal
   */
  enter(
    exchange: HttpExchange<Req, Res>,
    endpoint: CompiledEndpoint<Req, Res>,
    method: string,
  ): MaybePromise<Outcome<Req, Res> | undefined> {
    const record = exchange.record(this)
    const isFirst = record.endpoints.length === 0
    const here = !this.settings.autoCheck ? undefined : isFirst ? endpoint : this.remaining(endpoint, record.endpoints)
    record.reach(endpoint)
    record.method = method
    return here && this.decideAt(exchange, here, method, record)
  }

  /** No route takes a request: decides whether it may be answered so. @internal */
  enterUnmatched(exchange: HttpExchange<Req, Res>, method: string): MaybePromise<Outcome<Req, Res> | undefined> {
    return this.settings.unmatched.length > 0 ? this.decideAt(exchange, this.unmatchedEndpoint, method) : undefined
  }

  /** Decides a request with the limits of an endpoint, and keeps the outcome. @internal */
  decideAt(
    exchange: HttpExchange<Req, Res>,
    endpoint: CompiledEndpoint<Req, Res>,
    method: string,
    record: HttpRecord<Req, Res> = exchange.record(this),
  ): MaybePromise<Outcome<Req, Res>> {
    exchange.deciding = this
    const outcome = this.engineFor(exchange.request).decide(exchange.request, method, endpoint)
    return isPromise(outcome) ? outcome.then((later) => exchange.keep(record, later)) : exchange.keep(record, outcome)
  }

  /** Whoever is asked by hand decides. @internal */
  override requireRecord(request: Req, method: string): RequestRecord<Req, Res> {
    const record = super.requireRecord(request, method)
    this.exchangeOf(request)!.deciding = this
    return record
  }

  /** A limit runs in a route that does not show it: it is counted there beside those that are known. @internal */
  warnOfHiddenLimit(name: string, remedy = ''): void {
    this.reporter.warn(
      'WARN_HIDDEN_LIMIT',
      `a limit runs in ${name}, which does not show it: a function around it, such as one of a tool that traces requests, hides it from the limiter, and it is counted on top of the limits that are known${remedy}`,
    )
  }

  /** The endpoint of limits that decide by themselves, right where they stand. */
  protected standing(name: string, rules: readonly Rule<Req, Res>[]): CompiledEndpoint<Req, Res> {
    return this.engine.compile({ name, rules, exemption: undefined, groups: [] }, 'none')
  }

  /** The check and the wrap of a limit. */
  protected inCode(rule: Rule<Req, Res>, currentRequest: () => Req | undefined): CodeLimit<Req> {
    const checkpoint = new Checkpoint(this, rule)
    return {
      check: (request) => checkpoint.check(request),
      wrap: (fn) => {
        this.wraps = true
        return checkpoint.wrap(fn, currentRequest)
      },
    }
  }

  /** Warns of what cannot be meant, when the limiter is put before an app. */
  protected inspectInstallation(others: readonly HttpLimiter<Req, Res>[], isWorker: boolean): void {
    if (isWorker && this.engine.storage.name === 'memory') {
      this.reporter.warn(
        'WARN_MEMORY_WORKERS',
        'this process is one of several workers, and each counts in its own memory: clients get as many times the limit as there are workers; use a storage that they share',
      )
    }
    const { keyPrefix } = this.settings
    if (others.some((other) => other !== this && other.settings.keyPrefix === keyPrefix)) {
      this.reporter.warn(
        'WARN_SAME_PREFIX',
        `two limiters on one app have the same keyPrefix ${JSON.stringify(keyPrefix)}: on one storage, equal limits would be counted twice; give each its own`,
      )
    }
  }

  protected override note(request: Req, outcome: Outcome<Req, Res>): void {
    const exchange = this.exchangeOf(request)!
    exchange.keep(exchange.record(this), outcome)
  }

  protected override recordOf(request: Req): RequestRecord<Req, Res> | undefined {
    return this.exchangeOf(request)?.record(this)
  }
}
