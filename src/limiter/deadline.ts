import { monotonicMs } from '../clock.ts'
import { StorageError } from '../errors.ts'

interface Waiting {
  readonly dueAt: number
  /** Undefined: it has been answered. */
  fail: ((error: StorageError) => void) | undefined
}

/** How many that have been answered it does not pay to sort out. */
const FEW = 256

/**
 * Bounds how long anything waits for the storage. All calls have the same deadline, so they fall due in the order in which
 * they began, and one timer for the first of them serves them all.
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

  /** The same promise, failed with `ERR_STORAGE_TIMEOUT` when it is not settled in time. What it answers later is ignored. */
  race<T>(promise: PromiseLike<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const waiting: Waiting = { dueAt: monotonicMs() + this.#timeoutMs, fail: reject }
      this.#queue.push(waiting)
      if (this.#timer === undefined) this.#arm(this.#timeoutMs)
      promise.then(
        (value) => {
          this.#leave(waiting)
          resolve(value)
        },
        (error: unknown) => {
          this.#leave(waiting)
          reject(error)
        },
      )
    })
  }

  #arm(ms: number): void {
    this.#timer = setTimeout(() => this.#expire(), ms)
    // A request that waits has a socket that keeps the process up; a timer must not.
    ;(this.#timer as { unref?: () => void }).unref?.()
  }

  #leave(waiting: Waiting): void {
    if (waiting.fail === undefined) return
    waiting.fail = undefined
    this.#answered += 1
    if (this.#answered < Math.max(FEW, this.#queue.length / 2)) return
    this.#answered = 0
    this.#queue = this.#queue.filter(({ fail }) => fail !== undefined)
  }

  #expire(): void {
    this.#timer = undefined
    const now = monotonicMs()
    for (const waiting of this.#queue) {
      const { dueAt, fail } = waiting
      if (fail === undefined) continue
      if (dueAt > now) return this.#arm(Math.max(1, Math.ceil(dueAt - now)))
      this.#leave(waiting)
      fail(new StorageError('ERR_STORAGE_TIMEOUT', `${this.#storage} did not answer within ${this.#timeoutMs} ms`))
    }
  }
}
