import { systemClock } from '../clock.ts'
import { LimiterError, StorageError } from '../errors.ts'
import { show } from '../show.ts'
import { memoryStorage } from '../storage/memory/memory-storage.ts'
import type { BatchResult, EvaluateOptions, MaybePromise, Storage } from '../storage/storage.ts'
import { type Batch, fixedBatch, onlyEntry } from './batch.ts'
import { Batches, type Question } from './batches.ts'
import { Callbacks, FAILED } from './callbacks.ts'
import { CompiledEndpoint } from './compiled-endpoint.ts'
import { ServiceUnavailable } from './decision.ts'
import { Guard } from './guard.ts'
import { Outcome } from './outcome.ts'
import { RecentBatches } from './recent-batches.ts'
import { refuse } from './refuse.ts'
import { RefusalMemory } from './refusal-memory.ts'
import type { Reporter } from './reporter.ts'
import type { Endpoint } from './resolve.ts'
import type { Settings } from './settings.ts'
import { andThen, atOnce, isPromise, run, settled, type Steps } from './steps.ts'

/** Decides requests: from what is declared, through one call of the storage, to an outcome. */
export class Engine<Req, Res> {
  readonly storage: Storage
  readonly filters: ((request: Req) => MaybePromise<boolean>)[]
  readonly recent: RecentBatches<Req, Res>
  readonly batches: Batches<Req, Res>
  readonly #settings: Settings<Req, Res>
  readonly #reporter: Reporter<Req, Res>
  readonly #callbacks: Callbacks<Req, Res>
  readonly #guard: Guard
  readonly #options: EvaluateOptions
  readonly #memory: RefusalMemory | undefined
  #local: Storage | undefined

  /** All engines of one limiter have its filters, and the batches of its clients. */
  constructor(
    settings: Settings<Req, Res>,
    storage: Storage,
    reporter: Reporter<Req, Res>,
    { filters, recent }: Pick<Engine<Req, Res>, 'filters' | 'recent'> = {
      filters: [],
      recent: new RecentBatches(fixedBatch),
    },
  ) {
    this.#settings = settings
    this.filters = filters
    this.recent = recent
    this.storage = storage
    this.#reporter = reporter
    this.#callbacks = new Callbacks(settings.onCallbackError, reporter)
    this.batches = new Batches(settings.keyPrefix, reporter, this.#callbacks, recent)
    this.#options = { firstRefusalOnly: settings.firstRefusalOnly }
    const threshold = settings.onStorageError === 'fallback' ? 1 : 3
    this.#guard = new Guard(storage, settings.storageTimeout, threshold, settings.clock, reporter)
    const { refusalMemory, firstRefusalOnly, clock } = settings
    if (storage.connections !== undefined && refusalMemory > 0) {
      this.#memory = new RefusalMemory(storage, refusalMemory, firstRefusalOnly, clock)
    }
  }

  compile(declaration: Endpoint<Req, Res>, common: 'common' | 'none'): CompiledEndpoint<Req, Res> {
    const { application, defaults, metas, keyPrefix } = this.#settings
    const shared = common === 'common' ? { application, defaults } : { application: [], defaults: [] }
    return new CompiledEndpoint(declaration, shared, metas, keyPrefix)
  }

  /** Decides one request at one endpoint. */
  decide(request: Req, method: string, endpoint: CompiledEndpoint<Req, Res>): MaybePromise<Outcome<Req, Res>> {
    if (!this.#settings.enabled) return this.nothing()
    const question = { request, method, endpoint }
    return this.filters.length > 0 ? this.#filter(question) : this.#decide(question)
  }

  /** Charges what waits for the response. Fails only where `onStorageError` or `onCallbackError` say so. */
  settle(outcome: Outcome<Req, Res>, request: Req, response: Res): MaybePromise<void> {
    const due = outcome.pending.filter((index) => this.#isDue(outcome, index, request, response))
    if (due.length === 0) return
    const entries = due.map((index) => outcome.settlement(index))
    for (const index of due) outcome.charge(index)
    const charge = (result: BatchResult): void => {
      outcome.now = result.now
      for (const [at, index] of due.entries()) outcome.charge(index, result.verdicts[at])
    }
    const options = this.#optionsNow()
    if (outcome.source === 'local') return andThen(this.#localStorage().evaluate(entries, options), charge)
    const failed = (error: unknown): MaybePromise<void> => {
      if (!(error instanceof StorageError)) throw error
      const form = this.#settings.onStorageError
      if (form === 'raise') throw error
      if (form === 'refuse') throw new ServiceUnavailable(error)
      if (form === 'allow') return this.#reporter.swallowed('deduct-failed-swallowed', error)
      return andThen(this.#localStorage().evaluate(entries, options), charge)
    }
    try {
      if (!this.#guard.isClosed) throw this.#guard.unavailable()
      const result = this.#guard.evaluate(entries, options)
      return isPromise(result) ? result.then(charge, failed) : charge(result)
    } catch (error) {
      return failed(error)
    }
  }

  /** What the endpoint of a request is called: as `requestIdentifier` says, else `name`, or what that answers. Empty: it has none. */
  nameOf(request: Req, name: string | (() => unknown)): string {
    try {
      const own = atOnce<unknown>(this.#settings.requestIdentifier?.(request), 'requestIdentifier')
      const given = own ?? (typeof name === 'string' ? name : atOnce(name(), 'endpoint'))
      if (typeof given === 'string') return given
      throw new LimiterError('ERR_CALLBACK', `the name of an endpoint has to be a string, got ${show(given)}`)
    } catch (error) {
      this.#callbacks.failed(request, error, 'check-failed-swallowed')
      return ''
    }
  }

  /** A function of the user failed after the decision: throws what it threw, unless `onCallbackError` passes over it. */
  callbackFailed(request: Req, error: unknown): void {
    this.#callbacks.failed(request, error, 'on-breach-failed-swallowed')
  }

  /** Connects to the storage, for start-up code. */
  connect(): Promise<void> {
    return this.#guard.connect()
  }

  /** Any other call of the storage. */
  call<T>(work: (storage: Storage) => MaybePromise<T>): MaybePromise<T> {
    return andThen(
      this.#guard.call(() => work(this.storage)),
      (value) => {
        this.#memory?.clear()
        return value
      },
    )
  }

  // What is done later stands apart from what is done at once: a function in a method is made, with all it sees, on every call.

  #filter(question: Question<Req, Res>): MaybePromise<Outcome<Req, Res>> {
    return andThen(
      this.#callbacks.asking(question.request, () => run(this.#isFiltered(question.request))),
      (filtered) => (filtered === FAILED || filtered ? this.nothing() : this.#decide(question)),
    )
  }

  #decide(question: Question<Req, Res>): MaybePromise<Outcome<Req, Res>> {
    return this.#settings.fallback && !this.#guard.isClosed
      ? this.#probe(undefined, question)
      : this.#gatherAndAsk(question)
  }

  /** The breaker is open: goes on as it turns out whether the storage may be asked. */
  #probe(batch: Batch<Req, Res> | undefined, question: Question<Req, Res>): MaybePromise<Outcome<Req, Res>> {
    return andThen(this.#guard.admit(), (admitted) => {
      if (!admitted) return this.#outage(batch, question)
      return batch ? this.#ask(batch, question) : this.#gatherAndAsk(question)
    })
  }

  #gatherAndAsk(question: Question<Req, Res>): MaybePromise<Outcome<Req, Res>> {
    const batch = this.batches.of(question)
    return isPromise(batch) ? this.#askLater(batch, question) : this.#askFor(batch, question)
  }

  #askLater(batch: Promise<Batch<Req, Res> | typeof FAILED>, question: Question<Req, Res>): Promise<Outcome<Req, Res>> {
    return batch.then((gathered) => this.#askFor(gathered, question))
  }

  #askFor(batch: Batch<Req, Res> | typeof FAILED, question: Question<Req, Res>): MaybePromise<Outcome<Req, Res>> {
    if (batch === FAILED || batch.entries.length === 0) return this.nothing()
    return this.#guard.isClosed ? this.#ask(batch, question) : this.#probe(batch, question)
  }

  #ask(batch: Batch<Req, Res>, question: Question<Req, Res>): MaybePromise<Outcome<Req, Res>> {
    const remembered = this.#memory?.answer(batch.entries)
    if (remembered) {
      return this.#conclude(onlyEntry(batch, remembered.index), remembered.result, 'storage', question.request)
    }
    const loading = this.#guard.load()
    return loading ? this.#askAfter(loading, batch, question) : this.#askLoaded(batch, question)
  }

  #askAfter(loading: Promise<void>, batch: Batch<Req, Res>, question: Question<Req, Res>): Promise<Outcome<Req, Res>> {
    return loading.then(
      () => this.#askLoaded(batch, question),
      (error) => this.#unanswered(error, batch, question),
    )
  }

  #askLoaded(batch: Batch<Req, Res>, question: Question<Req, Res>): MaybePromise<Outcome<Req, Res>> {
    const sentAt = this.#memory?.now() ?? 0
    let result: MaybePromise<BatchResult>
    try {
      result = this.#guard.ask(batch.entries, this.#optionsNow())
    } catch (error) {
      return this.#unanswered(error, batch, question)
    }
    return isPromise(result)
      ? this.#concludeLater(result, sentAt, batch, question)
      : this.#answered(result, sentAt, batch, question.request)
  }

  #concludeLater(
    result: Promise<BatchResult>,
    sentAt: number,
    batch: Batch<Req, Res>,
    question: Question<Req, Res>,
  ): Promise<Outcome<Req, Res>> {
    return this.#guard.follow(
      result,
      (answer) => this.#answered(answer, sentAt, batch, question.request),
      (error) => this.#unanswered(error, batch, question),
    )
  }

  #answered(
    answer: BatchResult,
    sentAt: number,
    batch: Batch<Req, Res>,
    request: Req,
  ): MaybePromise<Outcome<Req, Res>> {
    this.#memory?.remember(batch.entries, answer, sentAt)
    return this.#conclude(batch, answer, 'storage', request)
  }

  #unanswered(error: unknown, batch: Batch<Req, Res>, question: Question<Req, Res>): MaybePromise<Outcome<Req, Res>> {
    this.#memory?.clear()
    if (!(error instanceof StorageError)) throw error
    return this.#outage(batch, question, error)
  }

  /** What a request gets that the storage cannot decide. */
  #outage(
    batch: Batch<Req, Res> | undefined,
    question: Question<Req, Res>,
    cause?: StorageError,
  ): MaybePromise<Outcome<Req, Res>> {
    const error = cause ?? this.#guard.unavailable()
    const form = this.#settings.onStorageError
    if (form === 'raise') throw error
    if (form === 'refuse') throw new ServiceUnavailable(error)
    if (form === 'allow') {
      this.#reporter.swallowed('check-failed-swallowed', error)
      return this.nothing()
    }
    if (error.code === 'ERR_STORAGE_FULL') throw new ServiceUnavailable(error)
    const { fallback } = this.#settings
    const local = fallback ? this.batches.of({ ...question, endpoint: question.endpoint.inFallback(fallback) }) : batch!
    return andThen(local, (entries) => {
      if (entries === FAILED || entries.entries.length === 0) return this.nothing()
      try {
        const result = this.#localStorage().evaluate(entries.entries, this.#optionsNow())
        return andThen(result, (answer) => this.#conclude(entries, answer, 'local', question.request))
      } catch (failure) {
        throw failure instanceof StorageError ? new ServiceUnavailable(failure) : failure
      }
    })
  }

  #conclude(
    batch: Batch<Req, Res>,
    result: BatchResult,
    source: 'storage' | 'local',
    request: Req,
  ): MaybePromise<Outcome<Req, Res>> {
    const outcome = new Outcome<Req, Res>(source, result.now, batch, result, this.#settings.firstRefusalOnly)
    if (outcome.allowed) return outcome
    return refuse(outcome, request, this.#settings, this.#callbacks, this.#reporter)
  }

  #isDue(outcome: Outcome<Req, Res>, index: number, request: Req, response: Res): boolean {
    try {
      return atOnce(outcome.ruleAt(index).deductWhen?.(response, request), 'deductWhen') === true
    } catch (error) {
      this.#callbacks.failed(request, error, 'deduct-failed-swallowed')
      return false
    }
  }

  *#isFiltered(request: Req): Steps<boolean> {
    for (const filter of this.filters) if ((yield* settled(filter(request))) === true) return true
    return false
  }

  #localStorage(): Storage {
    return (this.#local ??= memoryStorage())
  }

  #optionsNow(): EvaluateOptions {
    const { clock, firstRefusalOnly } = this.#settings
    return clock ? { now: clock.now(), firstRefusalOnly } : this.#options
  }

  /** The outcome of a request that nothing limits. */
  nothing(): Outcome<Req, Res> {
    const { clock = systemClock } = this.#settings
    return new Outcome<Req, Res>('none', clock.now(), undefined, undefined, true)
  }
}
