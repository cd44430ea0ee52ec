import { ConfigurationError } from '../errors.ts'
import { show } from '../show.ts'
import type { MaybePromise } from '../storage/storage.ts'
import { checkNames } from './check-options.ts'
import { Checkpoint } from './checkpoint.ts'
import type { CompiledEndpoint } from './compiled-endpoint.ts'
import type { Decision } from './decision.ts'
import type { LimitOptions, Notation, SharedLimitOptions } from './limit-options.ts'
import { Limiter } from './limiter.ts'
import type { LimiterOptions } from './options.ts'
import type { Outcome } from './outcome.ts'
import { RequestRecord } from './request-record.ts'
import type { Rule } from './rule.ts'
import { andThen } from './steps.ts'

/** A limit to name in `decide`, or to check by itself. */
export interface PlainLimit<Req> {
  /** Counts a block of code for a request. Throws, or rejects with, RateLimitExceeded. */
  check(request: Req): MaybePromise<Decision>
}

/** What is being done, where no framework matches a route. */
export interface PlainEndpoint<Req> {
  /** Names what the limits are counted for: "send-mail". */
  readonly endpoint: string
  /** For limits with `methods` or `perMethod`; by default `CALL`. */
  readonly method?: string | undefined
  /** Its own limits, made by this limiter's `limit` and `sharedLimit`. */
  readonly limits?: readonly PlainLimit<Req>[] | undefined
}

/** Names of endpoints may be made of anything: what is kept by them is bounded. */
const MOST_ENDPOINTS = 1000

/** A limiter for anything that is no HTTP framework: jobs, messages, commands. `Req` is whatever is counted, an object. */
export class PlainLimiter<Req extends object> extends Limiter<Req, undefined> {
  readonly #records = new WeakMap<Req, RequestRecord<Req, undefined>>()
  readonly #rules = new WeakMap<PlainLimit<Req>, Rule<Req, undefined>>()
  readonly #endpoints = new Map<string, CompiledEndpoint<Req, undefined>>()

  constructor(options: LimiterOptions<Req, undefined>) {
    super(options)
    for (const rule of [...this.settings.application, ...this.settings.defaults]) refuseLateCharge(rule)
  }

  limit(notation: Notation<Req>, options: LimitOptions<Req, undefined> = {}): PlainLimit<Req> {
    return this.#handle(this.declareLimit(notation, options, 'limiter.limit'))
  }

  sharedLimit(notation: Notation<Req>, options: SharedLimitOptions<Req, undefined>): PlainLimit<Req> {
    return this.#handle(this.declareSharedLimit(notation, options))
  }

  /** Decides one request. A refusal is a value here: look at `allowed`. */
  decide(request: Req, options: PlainEndpoint<Req>): MaybePromise<Decision> {
    if (typeof options !== 'object' || (options as object | null) === null) {
      throw new ConfigurationError(
        `limiter.decide: expected { endpoint: 'send-mail' } or the like, got ${show(options)}`,
      )
    }
    const { endpoint: name, method = 'CALL', limits = [] } = options
    const rules = this.#rulesOf(limits)
    const known = this.#endpoints.get(name)
    const isSame =
      known?.declaration.rules.length === rules.length &&
      rules.every((rule, index) => known.declaration.rules[index] === rule)
    const endpoint = isSame ? known : this.compile({ name, rules, exemption: undefined, groups: [] })
    if (!isSame) {
      // Only where something is new, for this stands in the way of every request.
      checkNames(options, ['endpoint', 'method', 'limits'], 'limiter.decide')
      if (typeof name !== 'string') {
        throw new ConfigurationError(`limiter.decide: endpoint: expected a name such as 'send-mail', got ${show(name)}`)
      }
      if (this.#endpoints.size >= MOST_ENDPOINTS) this.#endpoints.clear()
      this.#endpoints.set(name, endpoint)
    }
    const record = this.#record(request, method)
    record.endpoints = [endpoint]
    record.method = method
    return andThen(this.engine.decide(request, method, endpoint), (outcome) => {
      this.note(request, outcome)
      return outcome
    })
  }

  protected override note(request: Req, outcome: Outcome<Req, undefined>): void {
    this.#record(request, 'CALL').keep(outcome)
  }

  protected override recordOf(request: Req): RequestRecord<Req, undefined> | undefined {
    return this.#record(request, 'CALL')
  }

  protected override endpoints(): Iterable<CompiledEndpoint<Req, undefined>> {
    return this.#endpoints.values()
  }

  /** What is not known here would limit nothing, and nobody would be told. */
  #rulesOf(limits: readonly PlainLimit<Req>[]): Rule<Req, undefined>[] {
    if (Array.isArray(limits)) {
      const rules = limits.map((limit: PlainLimit<Req>) => this.#rules.get(limit))
      if (rules.every((rule) => rule !== undefined)) return rules
    }
    throw new ConfigurationError(
      `limiter.decide: limits: expected a list of what limit() and sharedLimit() of this limiter answer, got ${show(limits)}`,
    )
  }

  #record(request: Req, method: string): RequestRecord<Req, undefined> {
    let record = this.#records.get(request)
    if (record) return record
    if (typeof request !== 'object' || (request as Req | null) === null) {
      throw new ConfigurationError(`limiter.decide: expected an object that stands for a request, got ${show(request)}`)
    }
    this.#records.set(request, (record = new RequestRecord(method)))
    return record
  }

  #handle(rule: Rule<Req, undefined>): PlainLimit<Req> {
    refuseLateCharge(rule)
    const checkpoint = new Checkpoint(this, rule)
    const limit: PlainLimit<Req> = { check: (request) => checkpoint.check(request) }
    this.#rules.set(limit, rule)
    return limit
  }
}

/** A limit that waits for a response would be tested for ever and never charged. */
function refuseLateCharge(rule: Rule<never, undefined>): void {
  if (!rule.deductWhen) return
  throw new ConfigurationError('deductWhen: there is no response here by which a limit could be charged; leave it out')
}
