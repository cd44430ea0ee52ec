import { ConfigurationError } from '../errors.ts'
import type { MaybePromise } from '../storage/storage.ts'
import { UNMATCHED } from './clear.ts'
import type { CompiledEndpoint } from './compiled-endpoint.ts'
import type { Decision } from './decision.ts'
import type { Limiter } from './limiter.ts'
import type { RequestRecord } from './request-record.ts'
import type { Rule } from './rule.ts'
import { andThen } from './steps.ts'

/** A limit on a block of code or a function, counted at the endpoint that the request has reached. */
export class Checkpoint<Req extends object, Res> {
  readonly #limiter: Limiter<Req, Res>
  readonly #rule: Rule<Req, Res>
  readonly #endpoints = new WeakMap<object, CompiledEndpoint<Req, Res>>()

  constructor(limiter: Limiter<Req, Res>, rule: Rule<Req, Res>) {
    this.#limiter = limiter
    this.#rule = Object.freeze({ ...rule, source: 'check' as const })
  }

  /** Counts one passage. Throws, or rejects with, RateLimitExceeded. */
  check(request: Req): MaybePromise<Decision> {
    const record = this.#limiter.requireRecord(request, 'limit(…).check')
    const decided = this.#limiter.engineFor(request).decide(request, record.method, this.#endpoint(record))
    return andThen(decided, (outcome) => this.#limiter.conclude(request, outcome))
  }

  /** The same function, counted on every call. */
  wrap<This, Args extends unknown[], Result>(
    fn: (this: This, ...args: Args) => Result,
    currentRequest: () => Req | undefined,
  ): (this: This, ...args: Args) => MaybePromise<Awaited<Result>> | Result {
    const check = (): MaybePromise<Decision> => {
      const request = currentRequest()
      if (!request)
        throw new ConfigurationError(
          `limit(…).wrap(${fn.name}): called while no request is handled, so there is nobody to count`,
        )
      return this.check(request)
    }
    return function limited(this: This, ...args: Args) {
      return andThen(check(), () => fn.apply(this, args)) as MaybePromise<Awaited<Result>> | Result
    }
  }

  #endpoint(record: RequestRecord<Req, Res>): CompiledEndpoint<Req, Res> {
    const around = record.endpoint
    const known = this.#endpoints.get(around ?? this)
    if (known) return known
    const isGated = around?.plan(record.method).resolution.gated ?? true
    const endpoint = this.#limiter.engine.compile(
      {
        name: around?.name ?? UNMATCHED,
        rules: [this.#rule],
        exemption: isGated ? undefined : { meta: true },
        groups: [],
      },
      'none',
    )
    this.#endpoints.set(around ?? this, endpoint)
    return endpoint
  }
}
