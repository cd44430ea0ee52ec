import { monotonicMs } from '../clock.ts'
import { StorageError } from '../errors.ts'

interface Waiting {
  readonly dueAt: number
  readonly fail: (error: StorageError) => void
  done: boolean
}

/**
 * Bounds how long anything waits for the storage. All calls have the same deadline, so they fall due in the order in which
 * they began, and one timer at the head of a queue serves them all.
 */
export class Deadline {
  readonly #timeoutMs: number
  readonly #storage: string
  #queue: Waiting[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(timeoutMs: number, storage: string) {
    this.#timeoutMs = timeoutMs
    this.#storage = storage
  }

  /** The same promise, failed with `ERR_STORAGE_TIMEOUT` when it is not settled in time. What it answers later is ignored. */
  race<T>(promise: PromiseLike<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const waiting: Waiting = { dueAt: monotonicMs() + this.#timeoutMs, fail: reject, done: false }
      this.#queue.push(waiting)
      if (this.#timer === undefined) this.#arm(this.#timeoutMs)
      promise.then(
        (value) => {
          waiting.done = true
          resolve(value)
        },
        (error: unknown) => {
          waiting.done = true
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

  #expire(): void {
    this.#timer = undefined
    const now = monotonicMs()
    let due = 0
    while (due < this.#queue.length && (this.#queue[due]!.done || this.#queue[due]!.dueAt <= now)) {
      const waiting = this.#queue[due]!
      due += 1
      if (waiting.done) continue
      waiting.fail(
        new StorageError('ERR_STORAGE_TIMEOUT', `${this.#storage} did not answer within ${this.#timeoutMs} ms`),
      )
    }
    this.#queue = this.#queue.slice(due)
    const next = this.#queue[0]
    if (next) this.#arm(Math.max(1, Math.ceil(next.dueAt - now)))
  }
}
