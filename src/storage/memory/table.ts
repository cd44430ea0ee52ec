import { Shard } from './shard.ts'

// Small enough that growing, halving or emptying a shard takes a few milliseconds at most. One `Map` for all keys would stop the
// process for 20 to 200 ms when it grows past a million.
const SHARD_KEYS = 1 << 14
const MOST_BITS = 12

/** A cell; none of its own where `slot` is undefined. */
export interface Place {
  readonly shard: Shard
  readonly slot: number | undefined
}

/**
 * All keys, in shards of at most {@link SHARD_KEYS}. A shard that is full is halved by one more bit of its keys' hashes
 * (extendible hashing), so that nothing ever rearranges all keys, and no key is hashed while one shard is enough.
 */
export class Table {
  size = 0
  #shards: Shard[] = [new Shard(0)]
  /** By the lowest `#depth` bits of a key's hash. A shard of less depth stands in several places. */
  #directory: Shard[] = this.#shards.slice()
  #depth = 0
  readonly #deepest: number
  // So that keys that share a shard are hard to choose from outside.
  readonly #seed: number = Math.trunc(Math.random() * 2 ** 32)

  constructor(maxKeys: number) {
    // Twice as many shards as are needed, and not too many in any case. Keys whose hashes are alike further up share a larger one.
    this.#deepest = Math.min(MOST_BITS, Math.ceil(Math.log2(Math.max(1, maxKeys / SHARD_KEYS))) + 1)
  }

  get shards(): readonly Shard[] {
    return this.#shards
  }

  /** The shard in which a key is, or would be. */
  shardOf(key: string): Shard {
    return this.#depth === 0 ? this.#directory[0]! : this.#directory[this.#hash(key) & ((1 << this.#depth) - 1)]!
  }

  /** Adds a key that is not there yet, as the last one of the shard that is returned. */
  add(key: string): Shard {
    let shard = this.shardOf(key)
    while (shard.size >= SHARD_KEYS && shard.depth < this.#deepest) {
      this.#halve(shard)
      shard = this.shardOf(key)
    }
    shard.add(key)
    this.size++
    return shard
  }

  /** Where the cell of a key is, or would be. Cells move when others are added or removed. */
  find(key: string): Place {
    const shard = this.shardOf(key)
    return { shard, slot: shard.find(key) }
  }

  /** Where the cell of a key is; if it has none, one without state is added. */
  findOrAdd(key: string): Place & { readonly slot: number } {
    const { shard, slot } = this.find(key)
    if (slot !== undefined) return { shard, slot }
    const added = this.add(key)
    return { shard: added, slot: added.size - 1 }
  }

  remove(shard: Shard, slot: number): void {
    shard.remove(slot)
    this.size--
    if (this.size > 0 || this.#depth === 0) return
    this.#shards = [shard]
    this.#directory = [shard]
    this.#depth = shard.depth = 0
  }

  #halve(shard: Shard): void {
    if (shard.depth === this.#depth) {
      this.#directory = [...this.#directory, ...this.#directory]
      this.#depth++
    }
    const bit = 1 << shard.depth
    shard.depth++
    const other = new Shard(shard.depth)
    for (let slot = shard.size - 1; slot >= 0; slot--) {
      if ((this.#hash(shard.keyAt(slot)) & bit) === 0) continue
      other.adopt(shard, slot)
      shard.remove(slot)
    }
    this.#shards.push(other)
    this.#directory = this.#directory.map((there, i) => (there === shard && (i & bit) !== 0 ? other : there))
  }

  /** FNV-1a, with the last step of MurmurHash3 because the low bits are the ones that count. */
  #hash(key: string): number {
    let hash = this.#seed
    for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
    return hash ^ (hash >>> 16)
  }
}
