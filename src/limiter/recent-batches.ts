import type { Batch } from './batch.ts'
import { LONGEST } from './keys.ts'
import type { FixedPlan } from './plan.ts'

/** A power of two. With two batches in each set, and three limits in each batch, that is some 2 MB. */
const SETS = 2048

/** How many characters of a client's key choose the set: its end, which tells addresses and ids apart. */
const TAIL = 8

interface Recent<Req, Res> {
  readonly plan: FixedPlan<Req, Res>
  readonly clientKey: string
  readonly batch: Batch<Req, Res>
}

/**
 * The batches of clients that asked lately, and ask again: to spell a key and to hash it costs several times as much as to count it.
 * As processors do, it looks in one set of two for what it is asked for, and forgets the one of them that was used longer ago; so it
 * takes no more room, and hardly longer, when all clients are new.
 */
export class RecentBatches<Req, Res> {
  readonly #make: (plan: FixedPlan<Req, Res>, clientKey: string) => Batch<Req, Res>
  readonly #kept: (Recent<Req, Res> | undefined)[] = Array.from({ length: 2 * SETS }, () => undefined)
  /** Of each that is kept. Without them, what is kept would have to be fetched from memory to be told apart. */
  readonly #hashes = new Int32Array(2 * SETS)

  constructor(make: (plan: FixedPlan<Req, Res>, clientKey: string) => Batch<Req, Res>) {
    this.#make = make
  }

  /** The batch of a plan for a client. */
  of(plan: FixedPlan<Req, Res>, clientKey: string): Batch<Req, Res> {
    if (clientKey.length > LONGEST) return this.#make(plan, clientKey)
    const hash = hashOf(clientKey, plan.ordinal)
    const first = 2 * (hash & (SETS - 1))
    const batch = this.#find(first, hash, plan, clientKey)
    if (batch !== undefined) return batch
    const second = first + 1
    const other = this.#find(second, hash, plan, clientKey) ?? this.#make(plan, clientKey)
    this.#kept[second] = this.#kept[first]
    this.#hashes[second] = this.#hashes[first]!
    this.#kept[first] = { plan, clientKey, batch: other }
    this.#hashes[first] = hash
    return other
  }

  #find(at: number, hash: number, plan: FixedPlan<Req, Res>, clientKey: string): Batch<Req, Res> | undefined {
    if (this.#hashes[at] !== hash) return undefined
    const kept = this.#kept[at]
    return kept !== undefined && kept.plan === plan && kept.clientKey === clientKey ? kept.batch : undefined
  }
}

/** FNV-1a. */
function hashOf(clientKey: string, seed: number): number {
  let sum = seed
  for (let i = Math.max(0, clientKey.length - TAIL); i < clientKey.length; i++) {
    sum = Math.imul(sum ^ clientKey.charCodeAt(i), 0x01000193)
  }
  return sum ^ (sum >>> 15)
}
