import type { MaybePromise } from '../storage/storage.ts'
import type { Batch } from './batch.ts'
import type { Callbacks, FAILED } from './callbacks.ts'
import type { CompiledEndpoint } from './compiled-endpoint.ts'
import { gather, type Gathered } from './gather.ts'
import type { FixedPlan } from './plan.ts'
import type { RecentBatches } from './recent-batches.ts'
import type { Reporter } from './reporter.ts'
import { andThen, run } from './steps.ts'

/** A request to be decided, and where it is. */
export interface Question<Req, Res> {
  readonly request: Req
  readonly method: string
  readonly endpoint: CompiledEndpoint<Req, Res>
}

/** Makes of a request what the storage is asked: every limit that applies to it, by its key. */
export class Batches<Req, Res> {
  readonly #keyPrefix: string
  readonly #reporter: Reporter<Req, Res>
  readonly #callbacks: Callbacks<Req, Res>
  readonly #recent: RecentBatches<Req, Res>

  constructor(
    keyPrefix: string,
    reporter: Reporter<Req, Res>,
    callbacks: Callbacks<Req, Res>,
    recent: RecentBatches<Req, Res>,
  ) {
    this.#keyPrefix = keyPrefix
    this.#reporter = reporter
    this.#callbacks = callbacks
    this.#recent = recent
  }

  /** What applies to a request, and what does not, and why; asks the user's functions. */
  gather({ request, method, endpoint }: Question<Req, Res>): MaybePromise<Gathered<Req, Res>> {
    return run(gather(endpoint, method, request, this.#keyPrefix, this.#reporter))
  }

  /** The batch of a request; FAILED where a function of the user failed and the request passes for that. */
  of(question: Question<Req, Res>): MaybePromise<Batch<Req, Res> | typeof FAILED> {
    const { request, method, endpoint } = question
    let fixed: FixedPlan<Req, Res> | undefined
    let key: unknown
    try {
      fixed = endpoint.fixed(method)
      key = fixed?.key(request)
      if (fixed && isWellFormed(key)) return this.#spelled(fixed, key)
    } catch (error) {
      return this.#callbacks.unasked(request, error)
    }
    return this.#later(fixed, key, question)
  }

  #later(
    fixed: FixedPlan<Req, Res> | undefined,
    key: unknown,
    question: Question<Req, Res>,
  ): MaybePromise<Batch<Req, Res> | typeof FAILED> {
    return this.#callbacks.asking(question.request, () =>
      andThen(key, (text) => {
        if (fixed && isWellFormed(text)) return this.#spelled(fixed, text)
        // A key that is missing or malformed is told of where all keys are asked one by one.
        return andThen(this.gather(question), ({ batch }) => batch)
      }),
    )
  }

  #spelled(fixed: FixedPlan<Req, Res>, key: string): Batch<Req, Res> {
    this.#reporter.inspectKey(key)
    return this.#recent.of(fixed, key)
  }
}

function isWellFormed(key: unknown): key is string {
  return typeof key === 'string' && key !== ''
}
