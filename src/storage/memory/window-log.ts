import type { EpochMs } from '../../clock.ts'
import type { RateLimit } from '../../limit/rate-limit.ts'
import type { State, Transition } from '../../strategy/strategy.ts'
import { charged, unchanged } from '../../strategy/transition.ts'

/** Stands for the state after a charge, which {@link WindowLog.charge} makes in place. */
const CHARGED: State = []

// Entries a chunk. One chunk is given back whole as soon as its last entry is over, and nothing longer is ever copied.
const CHUNK_BITS = 10
const CHUNK = 1 << CHUNK_BITS
const SMALLEST = 4

// Running totals wrap around here; what is in force at one time is always less.
const WRAP = Number.MAX_SAFE_INTEGER + 1

/**
 * The state of moving-window for one key, changed in place: a ring of (instant, running total), so that no step copies it or
 * walks along it. Means what `movingWindow.step` after `movingWindow.rewind` means.
 */
export class WindowLog {
  /** Entry `i` has its instant at `2i` and the total of all charges up to it at `2i + 1`. The first chunk grows up to its full size. */
  #chunks: Float64Array[] = [new Float64Array(2 * SMALLEST)]
  /** Entries from here up to `#end` are kept; both counted from the first chunk's beginning. */
  #head = 0
  #end = 0
  /** The total before the entry at `#head`. */
  #base = 0

  /** What `cost` would do at `now`. `next` only says that there is something to store; {@link charge} stores it. */
  step({ amount, windowMs }: RateLimit, cost: number, now: EpochMs): Transition {
    const first = this.#firstAlive(now - windowMs)
    const gone = this.#totalBefore(first)
    const remaining = amount - minus(this.#totalBefore(this.#end), gone)
    const before = { remaining, resetAt: first === this.#end ? now : this.#endsAt(first, windowMs, now) }
    const allowed = cost <= remaining
    if (cost === 0 || !allowed) {
      const retryAt =
        cost > amount ? undefined : this.#endsAt(this.#firstFreeing(cost - remaining, first, gone), windowMs, now)
      return unchanged(allowed, before, now, retryAt)
    }
    const after = { remaining: remaining - cost, resetAt: first === this.#end ? now + windowMs : before.resetAt }
    return charged(CHARGED, now + windowMs, before, after, now)
  }

  /** Charges a cost that fits, and drops what is over by then. */
  charge({ windowMs }: RateLimit, cost: number, now: EpochMs): void {
    const total = plus(this.#totalBefore(this.#end), cost)
    this.#drop(this.#firstAlive(now - windowMs))
    while (this.#end > this.#head && this.#instant(this.#end - 1) >= now) this.#end--
    this.#append(now, total)
  }

  /** Makes entries from the future, which there can be once a clock went backwards, one of now. Answers whether there were any. */
  rewind(limit: RateLimit, now: EpochMs): boolean {
    if (this.#end === this.#head || this.#instant(this.#end - 1) <= now) return false
    this.charge(limit, 0, now)
    return true
  }

  /** Where the first entry later than `over` is. The oldest mostly is, so that the search is seldom needed. */
  #firstAlive(over: EpochMs): number {
    if (this.#head === this.#end || this.#instant(this.#head) > over) return this.#head
    return this.#search(this.#head + 1, (i) => this.#instant(i) > over)
  }

  /** The entry with which, from `first` on, at least `lacking` units end. */
  #firstFreeing(lacking: number, first: number, gone: number): number {
    return this.#search(first, (i) => minus(this.#totalBefore(i + 1), gone) >= lacking)
  }

  /** The first entry from `low` on for which `holds`, as it does for all that follow; the end where there is none. */
  #search(low: number, holds: (i: number) => boolean): number {
    let high = this.#end
    while (low < high) {
      const middle = (low + high) >>> 1
      if (holds(middle)) high = middle
      else low = middle + 1
    }
    return low
  }

  #drop(first: number): void {
    this.#base = this.#totalBefore(first)
    this.#head = first
    while (this.#head >= CHUNK && this.#chunks.length > 1) {
      this.#chunks.shift()
      this.#head -= CHUNK
      this.#end -= CHUNK
    }
  }

  #append(instant: EpochMs, total: number): void {
    this.#makeRoom()
    const chunk = this.#chunks[this.#end >>> CHUNK_BITS]!
    const at = 2 * (this.#end % CHUNK)
    chunk[at] = instant
    chunk[at + 1] = total
    this.#end++
  }

  #makeRoom(): void {
    const first = this.#chunks[0]!
    const capacity = first.length / 2
    if (this.#end === capacity && this.#head >= capacity / 2) {
      first.copyWithin(0, 2 * this.#head, 2 * this.#end)
      this.#end -= this.#head
      this.#head = 0
    } else if (this.#end === capacity && capacity < CHUNK) {
      this.#chunks[0] = new Float64Array(4 * capacity)
      this.#chunks[0].set(first)
    } else if (this.#end === this.#chunks.length * CHUNK) {
      this.#chunks.push(new Float64Array(2 * CHUNK))
    }
  }

  #instant(i: number): EpochMs {
    return this.#chunks[i >>> CHUNK_BITS]![2 * (i % CHUNK)]!
  }

  #totalBefore(i: number): number {
    return i === this.#head ? this.#base : this.#chunks[(i - 1) >>> CHUNK_BITS]![2 * ((i - 1) % CHUNK) + 1]!
  }

  /** After a clock went backwards an entry from the future counts as made now. */
  #endsAt(i: number, windowMs: number, now: EpochMs): EpochMs {
    return Math.min(this.#instant(i), now) + windowMs
  }
}

function plus(total: number, cost: number): number {
  return total < WRAP - cost ? total + cost : total - (WRAP - cost)
}

function minus(total: number, earlier: number): number {
  return total >= earlier ? total - earlier : total + (WRAP - earlier)
}
