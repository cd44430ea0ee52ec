/** Says in which slot a key is. */
export interface KeyIndex {
  /** `keys`: by slot. */
  find(key: string, hash: number, keys: readonly string[]): number | undefined
  /** Adds a key that is not there; false: it found no place, and is not there now. */
  add(key: string, hash: number, slot: number): boolean
  move(key: string, from: number, to: number): void
  remove(key: string, slot: number): void
  /** Makes room for so many keys, a power of two. */
  resize(capacity: number): void
}

/** By V8's own hashes, which it keeps with every string, so that nothing has to be hashed. */
export class MapIndex implements KeyIndex {
  readonly #slots = new Map<string, number>()

  find(key: string): number | undefined {
    return this.#slots.get(key)
  }

  add(key: string, _hash: number, slot: number): boolean {
    this.#slots.set(key, slot)
    return true
  }

  move(key: string, _from: number, to: number): void {
    this.#slots.set(key, to)
  }

  remove(key: string): void {
    this.#slots.delete(key)
  }

  resize(): void {}
}

// At most every second place is taken, so that keys are near to where they belong. Those so far away are no accident.
const ROOM = 2
const FARTHEST = 128
// 2^32 divided by the golden ratio (Knuth, TAOCP 6.4): hashes that differ anywhere differ in the highest bits of the product.
const SPREAD = 0x9e3779b1

/**
 * By hashes that are given: open addressing with linear probing, each hash beside its slot. With hundreds of shards it takes less
 * time than a `Map` in each. Whoever finds many keys of one hash can fill what is near to it, and no more.
 */
export class HashIndex implements KeyIndex {
  readonly #hash: (key: string) => number
  /** Of each place a hash and a slot + 1; 0: nothing. */
  #places = new Int32Array(0)
  #mask = 0
  #shift = 0

  constructor(hash: (key: string) => number, capacity: number) {
    this.#hash = hash
    this.resize(capacity)
  }

  find(key: string, hash: number, keys: readonly string[]): number | undefined {
    const places = this.#places
    for (let place = this.#home(hash); ; place = (place + 1) & this.#mask) {
      const slot = places[2 * place + 1]! - 1
      if (slot < 0) return undefined
      if (places[2 * place] === hash && keys[slot] === key) return slot
    }
  }

  add(_key: string, hash: number, slot: number): boolean {
    return this.#put(hash, slot, FARTHEST)
  }

  move(key: string, from: number, to: number): void {
    this.#places[2 * this.#placeOf(key, from) + 1] = to + 1
  }

  /** Closes the gap, so that who looks for a key may stop at the first free place. */
  remove(key: string, slot: number): void {
    const places = this.#places
    let gap = this.#placeOf(key, slot)
    for (let place = (gap + 1) & this.#mask; places[2 * place + 1] !== 0; place = (place + 1) & this.#mask) {
      const distance = (place - this.#home(places[2 * place]!)) & this.#mask
      if (distance < ((place - gap) & this.#mask)) continue
      places[2 * gap] = places[2 * place]!
      places[2 * gap + 1] = places[2 * place + 1]!
      gap = place
    }
    places[2 * gap + 1] = 0
  }

  resize(capacity: number): void {
    const before = this.#places
    this.#places = new Int32Array(2 * ROOM * capacity)
    this.#mask = ROOM * capacity - 1
    this.#shift = Math.clz32(this.#mask)
    for (let at = 0; at < before.length; at += 2) {
      if (before[at + 1] !== 0) this.#put(before[at]!, before[at + 1]! - 1, Infinity)
    }
  }

  /** Takes the first free place, unless it is too far away. */
  #put(hash: number, slot: number, farthest: number): boolean {
    let place = this.#home(hash)
    for (let steps = 0; this.#places[2 * place + 1] !== 0; steps++) {
      if (steps === farthest) return false
      place = (place + 1) & this.#mask
    }
    this.#places[2 * place] = hash
    this.#places[2 * place + 1] = slot + 1
    return true
  }

  #home(hash: number): number {
    return Math.imul(hash, SPREAD) >>> this.#shift
  }

  #placeOf(key: string, slot: number): number {
    let place = this.#home(this.#hash(key))
    while (this.#places[2 * place + 1] !== slot + 1) place = (place + 1) & this.#mask
    return place
  }
}
