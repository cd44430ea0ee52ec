import type { EpochMs } from '../../clock.ts'
import { StorageError } from '../../errors.ts'
import type { Shard } from './shard.ts'
import type { Table } from './table.ts'

// A sweep looks at two cells a decision on average, so it keeps up with any traffic; at sixteen while it finds a quarter of them
// expired, so that the memory of a flood is soon back.
const SWEEP_EVERY = 64
const SWEEP_EVERY_WHILE_FULL = 8
const SWEEP_LOOKS = 128
// Of so many cells the one unused longest has to go: near enough to the one unused longest of all.
const SAMPLE = 256
// While so many cells in a row refuse, a decision gives up.
const MOST_LOOKS = 1 << 14

/**
 * Says which keys have to go: what is expired, a little with every decision, and for a new key where all places are taken one
 * that is expired, or else one that has been unused long. Never a key that would refuse a cost of 1 now: who has spent a limit
 * must not get it back by making others come.
 */
export class Eviction {
  readonly #table: Table
  readonly #maxKeys: number
  // A hand that goes round all cells, down through each shard: the cell that takes a removed one's place has been looked at.
  #shardIndex = 0
  #shard: Shard
  #slot = 0
  /** Numbers the decisions, up to 2^32 − 1 and round again. */
  #tick = 0
  #sweepAt = SWEEP_EVERY

  constructor(table: Table, maxKeys: number) {
    this.#table = table
    this.#maxKeys = maxKeys
    this.#shard = table.shards[0]!
  }

  /** Begins a decision, and removes some of what is expired. */
  begin(now: EpochMs): void {
    this.#tick = (this.#tick + 1) >>> 0
    if (this.#tick !== this.#sweepAt) return
    const before = this.#table.size
    for (let looks = Math.min(SWEEP_LOOKS, before); looks > 0 && this.#table.size > 0; looks--) {
      this.#turn()
      if (this.#shard.expiresAt(this.#slot) <= now) this.#table.remove(this.#shard, this.#slot)
    }
    const isFull = before - this.#table.size > SWEEP_LOOKS / 4
    this.#sweepAt = (this.#tick + (isFull ? SWEEP_EVERY_WHILE_FULL : SWEEP_EVERY)) >>> 0
  }

  /** Notes that this decision uses a cell. */
  use(shard: Shard, slot: number): void {
    shard.touch(slot, this.#tick)
  }

  /**
   * Makes room for so many new keys, and leaves those alone that this decision uses.
   *
   * @throws StorageError `ERR_STORAGE_FULL` where only keys are left that refuse.
   */
  makeRoom(newKeys: number, now: EpochMs): void {
    while (this.#table.size + newKeys > this.#maxKeys) {
      if (this.#evictOne(now)) continue
      const message = `the memory storage is full: it holds ${this.#table.size} of at most ${this.#maxKeys} keys (maxKeys), and each of them refuses now`
      throw new StorageError('ERR_STORAGE_FULL', message)
    }
  }

  #evictOne(now: EpochMs): boolean {
    let victim: Shard | undefined
    let victimSlot = 0
    let victimAge = 0
    const most = Math.min(MOST_LOOKS, this.#table.size)
    for (let looks = 0; looks < most && (looks < SAMPLE || victim === undefined); looks++) {
      this.#turn()
      const shard = this.#shard
      const slot = this.#slot
      const age = shard.age(slot, this.#tick)
      if (age === 0) continue
      const expired = shard.expiresAt(slot) <= now
      if (!expired && (age <= victimAge || shard.blockedUntil(slot) > now)) continue
      victim = shard
      victimSlot = slot
      victimAge = age
      if (expired) break
    }
    if (victim !== undefined) this.#table.remove(victim, victimSlot)
    return victim !== undefined
  }

  /** Moves the hand to the next cell. There must be one. */
  #turn(): void {
    const { shards } = this.#table
    // Shards come and go while the hand is in them.
    this.#shard = shards[this.#shardIndex] ?? shards[0]!
    this.#slot = Math.min(this.#slot, this.#shard.size) - 1
    while (this.#slot < 0) {
      this.#shardIndex = (this.#shardIndex + 1) % shards.length
      this.#shard = shards[this.#shardIndex]!
      this.#slot = this.#shard.size - 1
    }
  }
}
