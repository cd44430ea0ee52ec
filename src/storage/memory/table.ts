import { hashFrom } from '../../hash.ts'
import { Shard } from './shard.ts'

// Small enough that growing, halving or emptying a shard takes a few milliseconds at most. One `Map` for all keys would stop the
// process for 20 to 200 ms when it grows past a million.
const SHARD_KEYS = 1 << 13
// The first one may be larger, because no key has to be hashed while there is no other.
const FIRST_SHARD_KEYS = 1 << 14
// Up to so many shards the ends of keys tell them apart. To hash whole keys would take longer than all the rest of a decision.
const TAIL = 16
const TAIL_BITS = 12
const TAIL_MASK = (1 << TAIL_BITS) - 1
// More shards, from where on whole keys are hashed: for very many keys, and for those that somebody gives the same end.
const MOST_BITS = 18

/** A cell; none of its own where `slot` is undefined. */
export interface Place {
  readonly shard: Shard
  readonly slot: number | undefined
}

/**
 * All keys, in shards of at most {@link SHARD_KEYS}, or one. A shard that is full is halved by one more bit of its keys' hashes
 * (extendible hashing), so that nothing ever rearranges all keys, and no key is hashed while one shard is enough.
 */
export class Table {
  size = 0
  #shards: Shard[] = [new Shard(0)]
  /** By the lowest `#depth` bits of a key's hash. A shard of less depth stands in several places. */
  #directory: Shard[] = this.#shards.slice()
  #depth = 0
  // So that keys that share a shard are hard to choose from outside.
  readonly #seed: number = Math.trunc(Math.random() * 2 ** 32)

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
    while (shard.size >= (shard.depth === 0 ? FIRST_SHARD_KEYS : SHARD_KEYS) && shard.depth < MOST_BITS) {
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
    const common = this.#hash(shard.keyAt(0)) & (bit - 1)
    shard.depth++
    const other = new Shard(shard.depth)
    for (let slot = shard.size - 1; slot >= 0; slot--) {
      if ((this.#hash(shard.keyAt(slot)) & bit) === 0) continue
      other.adopt(shard, slot)
      shard.remove(slot)
    }
    this.#shards.push(other)
    for (let i = common | bit; i < this.#directory.length; i += 2 * bit) this.#directory[i] = other
  }

  /** The lowest bits come from the end of the key, the others from all of it, and only where the directory goes by them. */
  #hash(key: string): number {
    const tail = hashFrom(key, Math.max(0, key.length - TAIL), this.#seed)
    return this.#depth <= TAIL_BITS ? tail : (tail & TAIL_MASK) | (hashFrom(key, 0, this.#seed) & ~TAIL_MASK)
  }
}
