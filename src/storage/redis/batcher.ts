import type { BatchResult } from '../storage.ts'
import type { Question } from './script-call.ts'

/** How many entries are handed on at once, so that a call blocks the server for well under a millisecond. */
const MOST_ENTRIES = 128

/** From how many questions on it is worth having the server answer the first while the others are being written down. */
const WORTH_HALVING = 16

/** A question with whoever waits for its answer. */
export interface Pending extends Question {
  readonly resolve: (result: BatchResult) => void
  readonly reject: (error: unknown) => void
}

/**
 * Gathers the questions of one turn of the event loop. They are handed on from `setImmediate`, after every socket that was readable in
 * this turn has been served: a microtask would run between two of them, and gather nothing. What is more than one call takes goes with
 * the next turns, in which answers are read, too.
 *
 * Where a turn asks much, it mostly is because the one before did, and has been answered. App and server would wait for each other in
 * turn; so half of the questions wait for the next turn, and from then on one half is answered while the other is being asked. Not in a
 * cluster, where the calls of several nodes are answered at the same time anyway, and where charges to be given back must not wait.
 */
export class Batcher {
  readonly #handOn: (questions: readonly Pending[]) => Promise<unknown>
  readonly #halves: boolean
  readonly #gathered: Pending[] = []
  /** How many questions were handed on last; 0 while some are left over. */
  #latest = 0
  /** How often questions were handed on that are not all answered. */
  #unanswered = 0

  /** `handOn` never rejects, and is done when everything is answered. */
  constructor(handOn: (questions: readonly Pending[]) => Promise<unknown>, halves: boolean) {
    this.#handOn = handOn
    this.#halves = halves
  }

  ask({ entries, options, slot, isPart = false }: Question): Promise<BatchResult> {
    return new Promise((resolve, reject) => {
      if (this.#gathered.push({ entries, options, slot, isPart, resolve, reject }) === 1) setImmediate(this.#flush)
    })
  }

  readonly #flush = (): void => {
    const questions = this.#gathered.splice(0, this.#countOfNextCall())
    const isAll = this.#gathered.length === 0
    this.#latest = isAll ? questions.length : 0
    this.#unanswered += 1
    void this.#handOn(questions).then(this.#answered)
    // Only now: clients that write from `setImmediate` are to have written before more is handed on to them.
    if (!isAll) setImmediate(this.#flush)
  }

  readonly #answered = (): void => {
    this.#unanswered -= 1
  }

  #countOfNextCall(): number {
    const gathered = this.#gathered
    const isSteady = this.#halves && this.#unanswered === 0 && Math.min(this.#latest, gathered.length) >= WORTH_HALVING
    const most = isSteady ? gathered.length >> 1 : gathered.length
    let entries = gathered[0]!.entries.length
    let count = 1
    while (count < most && (entries += gathered[count]!.entries.length) <= MOST_ENTRIES) count++
    return count
  }
}
