import type { MaybePromise } from '../storage/storage.ts'
import type { Reporter } from './reporter.ts'
import { attempt } from './steps.ts'

/** Stands for the answer of a function that failed where `onCallbackError` lets the request pass. */
export const FAILED: unique symbol = Symbol('failed')

/** What an error in a function of the user does: it is thrown on, or, by `onCallbackError: 'allow'`, told of and passed over. */
export class Callbacks<Req, Res> {
  readonly #passesOver: boolean
  readonly #reporter: Reporter<Req, Res>

  constructor(onCallbackError: 'raise' | 'allow', reporter: Reporter<Req, Res>) {
    this.#passesOver = onCallbackError === 'allow'
    this.#reporter = reporter
  }

  /** Asks functions on which it depends whether a request is limited at all. FAILED lets it pass. */
  asking<T>(request: Req, ask: () => MaybePromise<T>): MaybePromise<T | typeof FAILED> {
    return attempt(ask, (error) => this.unasked(request, error))
  }

  /** A function failed on which it depends whether a request is limited at all. */
  unasked(request: Req, error: unknown): typeof FAILED {
    this.failed(request, error, 'check-failed-swallowed')
    return FAILED
  }

  /** A function failed. `kind` is what the log calls it when it is passed over. */
  failed(request: Req, error: unknown, kind: string): void {
    this.#reporter.callbackFailed(request, error)
    if (!this.#passesOver) throw error
    this.#reporter.swallowed(kind, error)
  }
}
