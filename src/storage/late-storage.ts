import type { BatchResult, Entry, EvaluateOptions, MaybePromise, Storage } from './storage.ts'

/** What is known of a storage before it is loaded. */
type About = Pick<Storage, 'name' | 'atomicity'>

/** A remote storage whose code, and whose client library, are loaded when it is first used. */
export function lateStorage(about: About, load: () => Promise<Storage>): Storage {
  return new LateStorage(about, load)
}

class LateStorage implements Storage {
  readonly name: string
  readonly atomicity: Storage['atomicity']
  readonly #load: () => Promise<Storage>
  #loading: Promise<Storage> | undefined
  #storage: Storage | undefined

  constructor({ name, atomicity }: About, load: () => Promise<Storage>) {
    this.name = name
    this.atomicity = atomicity
    this.#load = load
  }

  get connections(): number {
    return this.#storage?.connections ?? 0
  }

  load(): Promise<void> | undefined {
    return this.#storage ? undefined : this.#loaded().then(ignore)
  }

  evaluate(entries: readonly Entry[], options?: EvaluateOptions): MaybePromise<BatchResult> {
    return this.#storage
      ? this.#storage.evaluate(entries, options)
      : this.#loaded().then((storage) => storage.evaluate(entries, options))
  }

  async forget(keys: readonly string[]): Promise<void> {
    await (await this.#loaded()).forget(keys)
  }

  async reset(prefix: string): Promise<number> {
    return (await this.#loaded()).reset(prefix)
  }

  async ping(): Promise<void> {
    await (await this.#loaded()).ping()
  }

  async close(): Promise<void> {
    // What was never loaded has opened nothing.
    const storage = await this.#loading?.catch(ignore)
    await storage?.close()
  }

  /** What fails to load is tried again: the missing package may be installed by then, and whoever asks must hear of it. */
  #loaded(): Promise<Storage> {
    this.#loading ??= this.#load().then(
      (storage) => (this.#storage = storage),
      (error: unknown) => {
        this.#loading = undefined
        throw error
      },
    )
    return this.#loading
  }
}

function ignore(): void {}
