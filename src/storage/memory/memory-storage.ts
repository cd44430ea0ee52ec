import { systemClock } from '../../clock.ts'
import type { Clock, EpochMs } from '../../clock.ts'
import { ConfigurationError } from '../../errors.ts'
import { show } from '../../show.ts'
import { rule, ruleAlone } from '../kernel.ts'
import type { BatchResult, Entry, EvaluateOptions, Storage } from '../storage.ts'
import { Eviction } from './eviction.ts'
import { decideFixedWindows, isFixedWindowBatch } from './fixed-window-batch.ts'
import { stepCell, writeCell } from './in-place.ts'
import { Table } from './table.ts'

/** How process memory keeps its keys. */
export interface MemoryStorageOptions {
  /**
   * How many keys there may be at once, a million if left out; with fixed windows and keys of 40 characters that is about
   * 150 MB. Where a new key finds no place, an expired one goes, or else one that has been unused long, but never one that
   * would refuse a cost of 1: once only such keys are left, a new one is a `StorageError` `ERR_STORAGE_FULL`.
   */
  readonly maxKeys?: number | undefined
  /** Tells the time where `evaluate` is not told; the wall clock if left out. */
  readonly clock?: Clock | undefined
}

/** The options of {@link memoryStorage} that can come from a configuration. */
export const MEMORY_STORAGE_OPTIONS: readonly string[] = ['maxKeys', 'clock']

/**
 * A storage in the memory of this process: answers at once, and decides a batch as one. What it holds ends with the process, and
 * other processes do not see it.
 *
 * @throws ConfigurationError where `maxKeys` is no integer ≥ 1.
 */
export function memoryStorage(options: MemoryStorageOptions = {}): Storage {
  const { maxKeys = 1_000_000, clock = systemClock } = options
  if (!Number.isSafeInteger(maxKeys) || maxKeys < 1) {
    throw new ConfigurationError(`maxKeys of the memory storage must be an integer from 1 on, got ${show(maxKeys)}`)
  }
  return new MemoryStorage(maxKeys, clock)
}

class MemoryStorage implements Storage {
  readonly name = 'memory'
  readonly atomicity = 'batch'
  readonly #clock: Clock
  readonly #table: Table = new Table()
  readonly #eviction: Eviction

  constructor(maxKeys: number, clock: Clock) {
    this.#clock = clock
    this.#eviction = new Eviction(this.#table, maxKeys)
  }

  evaluate(entries: readonly Entry[], options?: EvaluateOptions): BatchResult {
    const now = options?.now ?? this.#clock.now()
    this.#eviction.begin(now)
    if (isFixedWindowBatch(entries)) return decideFixedWindows(this.#table, this.#eviction, entries, now)
    return entries.length === 1 && entries[0]!.role === 'limit'
      ? this.#decideAlone(entries[0]!, now)
      : this.#decide(entries, now, options)
  }

  forget(keys: readonly string[]): void {
    for (const key of keys) {
      const { shard, slot } = this.#table.find(key)
      if (slot !== undefined) this.#table.remove(shard, slot)
    }
  }

  reset(prefix: string): number {
    const before = this.#table.size
    for (const shard of this.#table.shards) {
      for (let slot = shard.size - 1; slot >= 0; slot--) {
        if (shard.keyAt(slot).startsWith(prefix)) this.#table.remove(shard, slot)
      }
    }
    return before - this.#table.size
  }

  ping(): void {}

  close(): void {}

  /** A batch of one ordinary limit takes half the time without lists. */
  #decideAlone(entry: Entry, now: EpochMs): BatchResult {
    let { shard, slot } = this.#table.find(entry.key)
    if (slot !== undefined) this.#eviction.use(shard, slot)
    const transition = stepCell(shard, slot, entry, now)
    const { result, written } = ruleAlone(transition, now)
    if (written === undefined) return result
    if (slot === undefined) {
      this.#eviction.makeRoom(1, now)
      ;({ shard, slot } = this.#table.findOrAdd(entry.key))
      this.#eviction.use(shard, slot)
    }
    writeCell(shard, slot, entry, transition, written, now)
    return result
  }

  #decide(entries: readonly Entry[], now: EpochMs, options: EvaluateOptions | undefined): BatchResult {
    const table = this.#table
    const eviction = this.#eviction
    const places = entries.map(({ key }) => table.find(key))
    const transitions = entries.map((entry, i) => {
      const { shard, slot } = places[i]!
      if (slot !== undefined) eviction.use(shard, slot)
      return stepCell(shard, slot, entry, now)
    })
    const { result, writes } = rule(entries, transitions, now, options)

    const newKeys = places.filter(({ slot }, i) => slot === undefined && writes[i] !== undefined).length
    // Before the first write, so that a batch for which there is no room leaves nothing behind.
    if (newKeys > 0) eviction.makeRoom(newKeys, now)
    entries.forEach((entry, i) => {
      const write = writes[i]
      if (write === undefined) return
      // Making room and adding keys moves cells, so that what was found before no longer holds.
      const { shard, slot } = newKeys > 0 ? table.findOrAdd(entry.key) : places[i]!
      eviction.use(shard, slot!)
      writeCell(shard, slot!, entry, transitions[i]!, write, now)
    })
    return result
  }
}
