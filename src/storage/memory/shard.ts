import type { EpochMs } from '../../clock.ts'
import type { State } from '../../strategy/strategy.ts'
import { HashIndex, MapIndex } from './key-index.ts'
import type { KeyIndex } from './key-index.ts'
import { WindowLog } from './window-log.ts'

// Of each cell: when it expires, until when it refuses a cost of 1, and up to three numbers of state.
const WIDTH = 5
const EXPIRES_AT = 0
const BLOCKED_UNTIL = 1
const STATE = 2
const SMALLEST = 16

/**
 * Some of the keys, and a cell for each: numbers side by side in one array, because a million small objects would cost twice the
 * memory and keep the garbage collector busy. Cells lie close together from 0 to `size − 1`; the last one takes a removed one's
 * place.
 */
export class Shard {
  /** How many bits of a key's hash all keys in here have in common. */
  readonly depth: number
  #index: KeyIndex
  #keys: string[] = []
  #numbers = new Float64Array(WIDTH * SMALLEST)
  #touched = new Uint32Array(SMALLEST)
  /** By slot; empty until the first moving window. */
  readonly #logs: (WindowLog | undefined)[] = []

  /** Without `hash`, which tells the hash of a key, no hashes need to be given. */
  constructor(depth: number, hash?: (key: string) => number) {
    this.depth = depth
    this.#index = hash === undefined ? new MapIndex() : new HashIndex(hash, SMALLEST)
  }

  get size(): number {
    return this.#keys.length
  }

  find(key: string, hash: number): number | undefined {
    return this.#index.find(key, hash, this.#keys)
  }

  keyAt(slot: number): string {
    return this.#keys[slot]!
  }

  /** Adds a cell for a key that has none yet, as the last one. It holds nothing sensible until all of it is set. */
  add(key: string, hash: number): number {
    const slot = this.size
    if (slot === this.#touched.length) this.#resize(2 * slot)
    this.#keys.push(key)
    if (!this.#index.add(key, hash, slot)) this.#reindex()
    return slot
  }

  /** Adds a copy of a cell of another shard. */
  adopt(other: Shard, from: number, hash: number): void {
    const slot = this.add(other.keyAt(from), hash)
    this.#copy(other, from, slot)
    const log = other.#logs[from]
    if (log !== undefined) this.#setLog(slot, log)
  }

  remove(slot: number): void {
    const last = this.size - 1
    this.#index.remove(this.keyAt(slot), slot)
    const moved = this.#keys.pop()!
    if (slot !== last) {
      this.#index.move(moved, last, slot)
      this.#keys[slot] = moved
      this.#copy(this, last, slot)
      if (this.#logs.length > slot) this.#logs[slot] = this.#logs[last]
    }
    if (this.#logs.length > last) this.#logs.length = last
    const capacity = this.#touched.length
    if (capacity > SMALLEST && this.size <= capacity / 4) this.#resize(capacity / 2)
  }

  stateAt(slot: number): State {
    const at = WIDTH * slot + STATE
    return [this.#numbers[at]!, this.#numbers[at + 1]!, this.#numbers[at + 2]!]
  }

  /** The numbers of {@link stateAt}, one by one. */
  numberAt(slot: number, index: 0 | 1 | 2): number {
    return this.#numbers[WIDTH * slot + STATE + index]!
  }

  setState(slot: number, first: number, second: number, third = 0): void {
    const at = WIDTH * slot + STATE
    this.#numbers[at] = first
    this.#numbers[at + 1] = second
    this.#numbers[at + 2] = third
  }

  /** Sets the first number of the state alone. */
  setCount(slot: number, count: number, blockedUntil: EpochMs): void {
    const at = WIDTH * slot
    this.#numbers[at + STATE] = count
    this.#numbers[at + BLOCKED_UNTIL] = blockedUntil
  }

  logAt(slot: number): WindowLog | undefined {
    return this.#logs[slot]
  }

  addLog(slot: number): WindowLog {
    const log = new WindowLog()
    this.#setLog(slot, log)
    return log
  }

  expiresAt(slot: number): EpochMs {
    return this.#numbers[WIDTH * slot + EXPIRES_AT]!
  }

  /** Until when the cell refuses a cost of 1; 0 where it does not. */
  blockedUntil(slot: number): EpochMs {
    return this.#numbers[WIDTH * slot + BLOCKED_UNTIL]!
  }

  setLife(slot: number, expiresAt: EpochMs, blockedUntil: EpochMs): void {
    const at = WIDTH * slot
    this.#numbers[at + EXPIRES_AT] = expiresAt
    this.#numbers[at + BLOCKED_UNTIL] = blockedUntil
  }

  /** Notes that the decision number `tick` used the cell. */
  touch(slot: number, tick: number): void {
    this.#touched[slot] = tick
  }

  /** How many decisions ago the cell was used last, modulo 2^32. */
  age(slot: number, tick: number): number {
    return (tick - this.#touched[slot]!) >>> 0
  }

  /** A `Map` takes all keys, whatever their hashes are. */
  #reindex(): void {
    this.#index = new MapIndex()
    this.#keys.forEach((key, slot) => this.#index.add(key, 0, slot))
  }

  #setLog(slot: number, log: WindowLog): void {
    while (this.#logs.length < slot) this.#logs.push(undefined)
    this.#logs[slot] = log
  }

  /** Number by number: for so few, the methods of typed arrays take longer. */
  #copy(other: Shard, from: number, to: number): void {
    for (let i = 0; i < WIDTH; i++) this.#numbers[WIDTH * to + i] = other.#numbers[WIDTH * from + i]!
    this.#touched[to] = other.#touched[from]!
  }

  #resize(capacity: number): void {
    const numbers = new Float64Array(WIDTH * capacity)
    const touched = new Uint32Array(capacity)
    numbers.set(this.#numbers.subarray(0, WIDTH * this.size))
    touched.set(this.#touched.subarray(0, this.size))
    this.#numbers = numbers
    this.#touched = touched
    this.#index.resize(capacity)
    // An array that is only ever popped keeps its room.
    this.#keys = this.#keys.slice()
  }
}
