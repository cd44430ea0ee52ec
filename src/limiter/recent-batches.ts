import { hashFrom } from '../hash.ts'
import { ownText } from '../own-text.ts'
import type { Batch } from './batch.ts'
import { LONGEST } from './keys.ts'
import type { FixedPlan } from './plan.ts'

/** Powers of two. With two batches in each set, and three limits in each batch, that is some 2 MB. */
const SETS = 2048
const SEEN = 8192

/** How many characters of a client's key choose the set: its end, which tells addresses and ids apart. */
const TAIL = 16

interface Recent<Req, Res> {
  readonly plan: FixedPlan<Req, Res>
  readonly clientKey: string
  readonly batch: Batch<Req, Res>
}

/**
 * The batches of clients that ask again and again: to spell a key and to hash it costs several times as much as to count it. As
 * processors do, it looks in one set of two for what it is asked for. Who asks twice within a while is kept, in the place of the one
 * of the set that was used longer ago; so clients that come once push nobody out, and leave nothing behind.
 */
export class RecentBatches<Req, Res> {
  readonly #make: (plan: FixedPlan<Req, Res>, clientKey: string) => Batch<Req, Res>
  readonly #kept: (Recent<Req, Res> | undefined)[] = Array.from({ length: 2 * SETS }, () => undefined)
  /** Of each that is kept. Without them, what is kept would have to be fetched from memory to be told apart. */
  readonly #hashes = new Int32Array(2 * SETS)
  /** The hashes of some that were not kept. */
  readonly #seen = new Int32Array(SEEN)

  constructor(make: (plan: FixedPlan<Req, Res>, clientKey: string) => Batch<Req, Res>) {
    this.#make = make
  }

  /** The batch of a plan for a client. */
  of(plan: FixedPlan<Req, Res>, clientKey: string): Batch<Req, Res> {
    if (clientKey.length > LONGEST) return this.#make(plan, clientKey)
    // Seeds that lie far apart, so that short keys of one plan are not those of the next.
    const seed = Math.imul(plan.ordinal + 1, 0x9e3779b1)
    const hash = hashFrom(clientKey, Math.max(0, clientKey.length - TAIL), seed)
    const first = 2 * (hash & (SETS - 1))
    const kept = this.#find(first, hash, plan, clientKey)
    if (kept !== undefined) return kept.batch
    const other = this.#find(first + 1, hash, plan, clientKey)
    if (other !== undefined) {
      this.#put(first, hash, other)
      return other.batch
    }
    const at = hash & (SEEN - 1)
    if (this.#seen[at] !== hash) {
      this.#seen[at] = hash
      return this.#make(plan, clientKey)
    }
    const own = ownText(clientKey)
    const batch = this.#make(plan, own)
    this.#put(first, hash, { plan, clientKey: own, batch })
    return batch
  }

  #find(at: number, hash: number, plan: FixedPlan<Req, Res>, clientKey: string): Recent<Req, Res> | undefined {
    if (this.#hashes[at] !== hash) return undefined
    const kept = this.#kept[at]
    return kept !== undefined && kept.plan === plan && kept.clientKey === clientKey ? kept : undefined
  }

  /** The one that was first in its set becomes the second. */
  #put(first: number, hash: number, recent: Recent<Req, Res>): void {
    this.#kept[first + 1] = this.#kept[first]
    this.#hashes[first + 1] = this.#hashes[first]!
    this.#kept[first] = recent
    this.#hashes[first] = hash
  }
}
