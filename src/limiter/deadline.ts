import { monotonicMs } from '../clock.ts'
import { StorageError } from '../errors.ts'
import type { MaybePromise } from '../storage/storage.ts'

interface Waiting {
  readonly dueAt: number
  /** Undefined: it has been answered. */
  fail: ((error: unknown) => void) | undefined
}

/** How many that have been answered it does not pay to sort out. */
const FEW = 256

/** A timer that is later than this has waited for the process, which was busy with something else. */
const BUSY_MS = 10
/** Then an answer may be here already, and only has to be read. */
const GRACE_MS = 25

/**
 * Bounds how long anything waits for the storage. All calls have the same deadline, so they fall due in the order in which
 * they began, and one timer for the first of them serves them all. A process that was busy meanwhile has a moment to
 * read what has arrived: else each pause of its own would look like an outage of the storage.
 */
export class Deadline {
  readonly #timeoutMs: number
  readonly #storage: string
  /**
   * In the order in which they fall due. What has been answered leaves soon: kept until its time is up, or in a Set, whose former
   * tables hold on to what was in them, it would cost the garbage collector more than the rest of a decision costs.
   */
  #queue: Waiting[] = []
  /** How many of the queue have been answered. */
  #answered = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(timeoutMs: number, storage: string) {
    this.#timeoutMs = timeoutMs
    this.#storage = storage
  }

  /**
   * As `promise.then(passed, failed)`, but that `failed` gets an `ERR_STORAGE_TIMEOUT` when the promise is not settled in time. What
   * it answers later is ignored; `late` hears that it does.
   */
  race<T, U>(
    promise: PromiseLike<T>,
    passed: (value: T) => MaybePromise<U>,
    failed: (error: unknown) => MaybePromise<U>,
    late?: () => void,
  ): Promise<U> {
    return new Promise<U>((resolve, reject) => {
      const fail = (error: unknown): void => {
        try {
          resolve(failed(error))
        } catch (thrown) {
          reject(thrown)
        }
      }
      const waiting: Waiting = { dueAt: monotonicMs() + this.#timeoutMs, fail }
      this.#queue.push(waiting)
      if (this.#timer === undefined) this.#arm(this.#timeoutMs)
      promise.then(
        (value) => {
          if (waiting.fail === undefined) return late?.()
          this.#leave(waiting)
          try {
            resolve(passed(value))
          } catch (thrown) {
            reject(thrown)
          }
        },
        (error: unknown) => {
          if (waiting.fail === undefined) return
          this.#leave(waiting)
          fail(error)
        },
      )
    })
  }

  #arm(ms: number, isGrace = false): void {
    this.#timer = setTimeout(() => this.#expire(isGrace), ms)
    // A request that waits has a socket that keeps the process up; a timer must not.
    ;(this.#timer as { unref?: () => void }).unref?.()
  }

  #leave(waiting: Waiting): void {
    waiting.fail = undefined
    this.#answered += 1
    if (this.#answered < Math.max(FEW, this.#queue.length / 2)) return
    this.#answered = 0
    this.#queue = this.#queue.filter(({ fail }) => fail !== undefined)
  }

  #expire(isGrace: boolean): void {
    this.#timer = undefined
    const now = monotonicMs()
    for (const waiting of this.#queue) {
      const { dueAt, fail } = waiting
      if (fail === undefined) continue
      if (dueAt > now) return this.#arm(Math.max(1, Math.ceil(dueAt - now)))
      if (now - dueAt > BUSY_MS && !isGrace) return this.#arm(GRACE_MS, true)
      this.#leave(waiting)
      fail(new StorageError('ERR_STORAGE_TIMEOUT', `${this.#storage} did not answer within ${this.#timeoutMs} ms`))
    }
  }
}
