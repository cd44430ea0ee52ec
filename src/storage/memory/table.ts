import { hashFrom } from '../../hash.ts'
import { Shard } from './shard.ts'

// Small enough that growing, halving or emptying a shard takes a few milliseconds at most. One `Map` for all keys would stop the
// process for 20 to 200 ms when it grows past a million.
const SHARD_KEYS = 1 << 13
// The first one may be larger, because no key has to be hashed while there is no other.
const FIRST_SHARD_KEYS = 1 << 14
// As many shards as anybody needs; keys that somebody gives the same hash are never halved.
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

  /** Where the cell of a key is, or would be. Cells move when others are added or removed. */
  find(key: string): Place {
    const hash = this.#depth === 0 ? 0 : this.#hash(key)
    const shard = this.#shardOf(hash)
    return { shard, slot: shard.find(key, hash) }
  }

  /** Where the cell of a key is; if it has none, one without state is added. */
  findOrAdd(key: string): Place & { readonly slot: number } {
    const { shard, slot } = this.find(key)
    return slot === undefined ? this.#add(key) : { shard, slot }
  }

  remove(shard: Shard, slot: number): void {
    shard.remove(slot)
    this.size--
    if (this.size > 0 || this.#depth === 0) return
    this.#shards = [new Shard(0)]
    this.#directory = this.#shards.slice()
    this.#depth = 0
  }

  #add(key: string): Place & { readonly slot: number } {
    const hash = this.#hash(key)
    let shard = this.#shardOf(hash)
    while (shard.size >= (shard.depth === 0 ? FIRST_SHARD_KEYS : SHARD_KEYS) && shard.depth < MOST_BITS) {
      this.#halve(shard)
      shard = this.#shardOf(hash)
    }
    this.size++
    return { shard, slot: shard.add(key, hash) }
  }

  #shardOf(hash: number): Shard {
    return this.#directory[hash & ((1 << this.#depth) - 1)]!
  }

  #halve(shard: Shard): void {
    if (shard.depth === this.#depth) {
      this.#directory = [...this.#directory, ...this.#directory]
      this.#depth++
    }
    const depth = shard.depth + 1
    const bit = 1 << shard.depth
    const halves = [new Shard(depth, this.#hash), new Shard(depth, this.#hash)]
    let hash = 0
    for (let slot = 0; slot < shard.size; slot++) {
      hash = this.#hash(shard.keyAt(slot))
      halves[(hash & bit) === 0 ? 0 : 1]!.adopt(shard, slot, hash)
    }
    this.#shards[this.#shards.indexOf(shard)] = halves[0]!
    this.#shards.push(halves[1]!)
    for (let i = hash & (bit - 1); i < this.#directory.length; i += bit)
      this.#directory[i] = halves[(i & bit) === 0 ? 0 : 1]!
  }

  #hash = (key: string): number => hashFrom(key, 0, this.#seed)
}
