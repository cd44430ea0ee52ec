import { ConfigurationError } from '../errors.ts'
import { show } from '../show.ts'
import type { RedisClient } from '../storage/redis/redis-client.ts'
import type { BatchResult, MaybePromise, Storage } from '../storage/storage.ts'
import { openStorage } from '../storage/uri.ts'
import type { Engine } from './engine.ts'

/** A storage that comes with a request: an address, or what is made already. The same one, brought again, is the same. */
export type BoundStorage = string | Storage | RedisClient

/** Storages that are brought again are few. Of a program that makes a new one for each request, no more are kept. */
const MOST_STORAGES = 1000

/**
 * The engines of a limiter whose storage comes with each request, one for each storage. For what is asked of no request in
 * particular, it stands for the storages that have been brought so far.
 */
export class BoundEngines<Req extends object, Res> implements Storage {
  readonly name: string = 'the storage of each request'
  readonly atomicity: Storage['atomicity'] = 'batch'
  /** Makes the engine of a storage; set once its limiter is there. */
  create: ((storage: Storage) => Engine<Req, Res>) | undefined
  readonly #storageOf: (request: Req) => BoundStorage
  readonly #options: Readonly<Record<string, unknown>> | undefined
  readonly #ofRequests = new WeakMap<Req, Engine<Req, Res>>()
  readonly #engines = new Map<BoundStorage, Engine<Req, Res>>()

  /** `options`: the storages' own, where they are brought as addresses. */
  constructor(storageOf: (request: Req) => BoundStorage, options: Readonly<Record<string, unknown>> | undefined) {
    this.#storageOf = storageOf
    this.#options = options
  }

  /** The engine of a request: asked once, so that what a request is charged late goes where it was tested. */
  engineFor(request: Req): Engine<Req, Res> {
    let engine = this.#ofRequests.get(request)
    if (!engine) this.#ofRequests.set(request, (engine = this.#engineOf(this.#storageOf(request))))
    return engine
  }

  evaluate(): BatchResult {
    throw new ConfigurationError('storage: a function gives the storage of a request, and here is none')
  }

  async forget(keys: readonly string[]): Promise<void> {
    await this.#ofAll((storage) => storage.forget(keys))
  }

  async reset(prefix: string): Promise<number> {
    const counts = await this.#ofAll((storage) => storage.reset(prefix))
    return counts.reduce((sum, count) => sum + count, 0)
  }

  async ping(): Promise<void> {
    await this.#ofAll((storage) => storage.ping())
  }

  async close(): Promise<void> {
    await this.#ofAll((storage) => storage.close())
  }

  #engineOf(source: BoundStorage): Engine<Req, Res> {
    const known = this.#engines.get(source)
    if (known) return known
    if (typeof source !== 'string' && (typeof source !== 'object' || source === null)) {
      throw new ConfigurationError(`storage: the function has to answer an address or a storage, got ${show(source)}`)
    }
    const engine = this.create!(openStorage(source, this.#options))
    if (this.#engines.size >= MOST_STORAGES) {
      const [oldest] = this.#engines.keys()
      this.#engines.delete(oldest!)
    }
    this.#engines.set(source, engine)
    return engine
  }

  async #ofAll<T>(work: (storage: Storage) => MaybePromise<T>): Promise<T[]> {
    return Promise.all(Array.from(this.#engines.values(), async (engine) => engine.call(work)))
  }
}
