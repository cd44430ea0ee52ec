import { memoryStorage } from '../../storage/memory/memory-storage.ts'
import type { BatchResult, Entry, EvaluateOptions, MaybePromise, Storage } from '../../storage/storage.ts'

/** How a {@link MoodyStorage} answers: at once, in a later turn of the event loop, with an error, or never. */
export type Mood = 'now' | 'later' | 'fails' | 'hangs'

/** Process memory that answers as its mood is, and counts how often it is asked. */
export class MoodyStorage implements Storage {
  readonly name: string = 'moody'
  readonly atomicity: Storage['atomicity'] = 'batch'
  /** Of `evaluate` and the rest. */
  mood: Mood
  /** Of `ping`; undefined: as the rest. */
  pingMood: Mood | undefined
  /** What has been evaluated. */
  readonly batches: (readonly Entry[])[] = []
  pings = 0
  readonly #memory: Storage = memoryStorage()

  constructor(mood: Mood = 'now') {
    this.mood = mood
  }

  evaluate(entries: readonly Entry[], options?: EvaluateOptions): MaybePromise<BatchResult> {
    this.batches.push(entries)
    return this.#answer(this.mood, () => this.#memory.evaluate(entries, options))
  }

  forget(keys: readonly string[]): MaybePromise<void> {
    return this.#answer(this.mood, () => this.#memory.forget(keys))
  }

  reset(prefix: string): MaybePromise<number> {
    return this.#answer(this.mood, () => this.#memory.reset(prefix))
  }

  ping(): MaybePromise<void> {
    this.pings += 1
    return this.#answer(this.pingMood ?? this.mood, () => undefined)
  }

  close(): void {}

  #answer<T>(mood: Mood, answer: () => MaybePromise<T>): MaybePromise<T> {
    if (mood === 'now') return answer()
    if (mood === 'fails') throw new Error('connection refused')
    return new Promise((resolve) => {
      if (mood === 'later') setImmediate(() => resolve(answer()))
    })
  }
}
