import type { BatchResult } from '../storage.ts'
import type { Question } from './script-call.ts'

/** A question with whoever waits for its answer. */
export interface Pending extends Question {
  readonly resolve: (result: BatchResult) => void
  readonly reject: (error: unknown) => void
}

/**
 * Gathers the questions of one turn of the event loop. They are handed on from `setImmediate`, after every socket that was readable in
 * this turn has been served: a microtask would run between two of them, and gather nothing.
 */
export class Batcher {
  readonly #handOn: (questions: readonly Pending[]) => void
  #gathered: Pending[] = []

  constructor(handOn: (questions: readonly Pending[]) => void) {
    this.#handOn = handOn
  }

  ask({ entries, options, slot, isPart = false }: Question): Promise<BatchResult> {
    return new Promise((resolve, reject) => {
      if (this.#gathered.push({ entries, options, slot, isPart, resolve, reject }) === 1) setImmediate(this.#flush)
    })
  }

  readonly #flush = (): void => {
    const questions = this.#gathered
    this.#gathered = []
    this.#handOn(questions)
  }
}
