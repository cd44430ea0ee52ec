import { type Clock, monotonicMs } from '../clock.ts'
import { ConfigurationError, type LimiterError, StorageError } from '../errors.ts'
import { show } from '../show.ts'
import type { BatchResult, Entry, EvaluateOptions, MaybePromise, Storage } from '../storage/storage.ts'
import { Deadline } from './deadline.ts'
import { isPromise } from './steps.ts'

/** Pauses before the storage is tried again, in seconds; the last one repeats. As in Flask-Limiter. */
const PAUSES_S = [2, 4, 8, 16, 32]
const LONGEST_PAUSE_MS = 32_000

/** To look a name up, connect, say who asks and find the nodes can take longer than any request should wait. */
const CONNECT_MS = 10_000

/** What the guard reports. */
export interface GuardReports {
  failed(error: LimiterError): void
  lost(error: LimiterError): void
  found(): void
}

/**
 * Stands around every call of the storage: a deadline, and a circuit breaker. While the breaker is open no request waits for
 * the storage; after a pause, or once the storage has answered late what was given up on, one request pings first, and success
 * closes it. Pauses are measured lazily, without a timer.
 */
export class Guard {
  readonly #storage: Storage
  readonly #deadline: Deadline
  readonly #connectDeadline: Deadline
  readonly #threshold: number
  readonly #nowMs: () => number
  readonly #reports: GuardReports
  #isLoaded: boolean
  #failures = 0
  #pause = 0
  #probeAt: number | undefined
  #probing = false
  /** What was given up on has been answered since the breaker opened, or was tried last. */
  #stirs = false
  #lastError: StorageError | undefined
  #lastCause: unknown

  /** `threshold`: how many failures in a row open the breaker. A `clock` given by the user also measures the pauses. */
  constructor(storage: Storage, timeoutMs: number, threshold: number, clock: Clock | undefined, reports: GuardReports) {
    this.#storage = storage
    this.#deadline = new Deadline(timeoutMs, storage.name)
    this.#connectDeadline = new Deadline(Math.max(CONNECT_MS, timeoutMs), storage.name)
    this.#threshold = threshold
    this.#nowMs = clock ? () => clock.now() : monotonicMs
    this.#reports = reports
    this.#isLoaded = storage.load === undefined
  }

  /** Loads what the storage needs into the process, without a deadline; undefined: it is there. Fails as a call does. */
  load(): Promise<void> | undefined {
    return this.#isLoaded ? undefined : this.#load()
  }

  async #load(): Promise<void> {
    const known = this.#lastCause
    try {
      await this.#storage.load?.()
      this.#isLoaded = true
    } catch (error) {
      throw this.#failed(error, known)
    }
  }

  /** Whether the storage is taken to be there. */
  get isClosed(): boolean {
    return this.#probeAt === undefined
  }

  /** Whether the storage may be asked now: true, false, or later, when this request had to try it first. */
  admit(): MaybePromise<boolean> {
    if (this.#probeAt === undefined) return true
    const isEarly = this.#isResting(this.#probeAt)
    if (this.#probing || (isEarly && !this.#stirs)) return false
    this.#probing = true
    this.#stirs = false
    const passed = (): boolean => {
      this.#probing = false
      this.#failures = 0
      this.#pause = 0
      this.#probeAt = undefined
      this.#reports.found()
      return true
    }
    const failed = (cause: unknown): boolean => {
      this.#probing = false
      if (!isEarly) this.#rest()
      const error = failureOf(this.#storage, cause)
      if (error instanceof ConfigurationError) throw error
      this.#note(error)
      return false
    }
    try {
      const answer = this.#storage.ping()
      return isPromise(answer) ? this.#deadline.race(answer, passed, failed) : passed()
    } catch (error) {
      return failed(error)
    }
  }

  /** Connects to the storage, for start-up code. Fails as a call does, but later, and the breaker does not hear of it. */
  async connect(): Promise<void> {
    try {
      const answer = this.#storage.ping()
      if (isPromise(answer)) await this.#connectDeadline.race(answer, same, rethrow)
    } catch (error) {
      throw failureOf(this.#storage, error)
    }
  }

  /** Why the storage is not asked at the moment. */
  unavailable(): StorageError {
    const why = this.#lastError ? `: ${this.#lastError.message}` : ''
    return new StorageError(
      'ERR_STORAGE_UNAVAILABLE',
      `${this.#storage.name} is not asked until it answers again${why}`,
      { cause: this.#lastError },
    )
  }

  /** Asks the storage. Fails with a StorageError; a ConfigurationError is passed on as it is. */
  evaluate(entries: readonly Entry[], options: EvaluateOptions): MaybePromise<BatchResult> {
    return this.call(() => this.#storage.evaluate(entries, options))
  }

  /** The same, but what comes later has no deadline until it is handed to {@link follow}: two promises less for each decision. */
  ask(entries: readonly Entry[], options: EvaluateOptions): MaybePromise<BatchResult> {
    try {
      const answer = this.#storage.evaluate(entries, options)
      return isPromise(answer) ? answer : this.#passed(answer)
    } catch (error) {
      throw this.#failed(error, this.#lastCause)
    }
  }

  /** What the storage answers later, under the deadline; then goes on, with a StorageError or a ConfigurationError where it failed. */
  follow<T, U>(
    answer: Promise<T>,
    passed: (value: T) => MaybePromise<U>,
    failed: (error: unknown) => MaybePromise<U>,
  ): Promise<U> {
    const known = this.#lastCause
    return this.#deadline.race(
      answer,
      (value) => passed(this.#passed(value)),
      (error) => failed(this.#failed(error, known)),
      this.#answeredLate,
    )
  }

  /** Any other call of the storage, under the same deadline and counted by the same breaker. */
  call<T>(work: () => MaybePromise<T>): MaybePromise<T> {
    if (!this.#isLoaded) return this.#load().then(() => this.call(work))
    try {
      const answer = work()
      if (!isPromise(answer)) return this.#passed(answer)
      return this.follow<T, T>(answer, same, rethrow)
    } catch (error) {
      throw this.#failed(error, this.#lastCause)
    }
  }

  #passed<T>(value: T): T {
    this.#failures = 0
    return value
  }

  /** What has stalled moves again: there may be no need to wait for the end of the pause. */
  readonly #answeredLate = (): void => {
    this.#stirs = !this.isClosed
  }

  /** Counts a failure; answers what to throw for it. `known`: the cause of the latest one when this call was made. */
  #failed(cause: unknown, known: unknown): ConfigurationError | StorageError {
    const error = failureOf(this.#storage, cause)
    if (error instanceof ConfigurationError) return error
    this.#note(error)
    // Calls that were under way together, as on a connection that is lost, fail by one and the same error: once.
    const isAnother = cause !== this.#lastCause || cause === known
    this.#lastCause = cause
    // A full storage works; asking it less often would not make room.
    if (isAnother && error.code !== 'ERR_STORAGE_FULL' && this.isClosed) {
      this.#failures += 1
      if (this.#failures >= this.#threshold) {
        this.#pause = 0
        this.#rest()
        this.#reports.lost(error)
      }
    }
    return error
  }

  #note(error: StorageError): void {
    this.#lastError = error
    this.#reports.failed(error)
  }

  #isResting(until: number): boolean {
    const wait = until - this.#nowMs()
    // Longer than any pause: a clock of the user went backwards.
    return wait > 0 && wait <= LONGEST_PAUSE_MS
  }

  #rest(): void {
    this.#stirs = false
    this.#probeAt = this.#nowMs() + PAUSES_S[Math.min(this.#pause, PAUSES_S.length - 1)]! * 1000
    this.#pause += 1
  }
}

function rethrow(error: unknown): never {
  throw error
}

function same<T>(value: T): T {
  return value
}

/** What a failure of a storage is to whoever asked it. */
function failureOf({ name }: Storage, cause: unknown): ConfigurationError | StorageError {
  if (cause instanceof ConfigurationError || cause instanceof StorageError) return cause
  const text = cause instanceof Error ? cause.message : show(cause)
  return new StorageError('ERR_STORAGE_UNAVAILABLE', `${name} failed: ${text}`, { cause })
}
