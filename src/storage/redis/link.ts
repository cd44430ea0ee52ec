import { monotonicMs } from '../../clock.ts'
import type { MaybePromise } from '../storage.ts'
import type { Command, Connection } from './connection.ts'

/** How long a connection may leave a command without an answer, in ms, before {@link Link.renew} takes another one. */
const STALLED_MS = 1000

interface Attempt {
  readonly connection: Promise<Connection>
  readonly abort: AbortController
  readonly since: number
}

/**
 * A connection that is opened when it is needed, and again when it was lost. Nothing happens in the background: while a server is
 * away, whoever asks learns it at once, and how often it is asked is the breaker's business.
 */
export class Link {
  readonly #open: (signal: AbortSignal) => Promise<Connection>
  readonly #attemptMs: number
  #connection: Connection | undefined
  #attempt: Attempt | undefined
  #unanswered = 0
  #lastAnswerAt = 0
  #opened = 0

  /** `attemptMs`: how long one attempt to open a connection may take before another one is begun. */
  constructor(open: (signal: AbortSignal) => Promise<Connection>, attemptMs: number) {
    this.#open = open
    this.#attemptMs = attemptMs
  }

  /** How many connections there have been. Grows whenever one was lost. */
  get opened(): number {
    return this.#opened
  }

  get isOpen(): boolean {
    return this.#connection?.isOpen === true
  }

  /** Whether nobody waits for anything on it. */
  get isIdle(): boolean {
    return this.#attempt === undefined && (!this.isOpen || this.#unanswered === 0)
  }

  /** Sends commands, on a connection that is opened first if need be. */
  send(commands: readonly Command[]): readonly Promise<unknown>[] {
    // Nobody would hear that no connection could be opened.
    if (commands.length === 0) return []
    const connection = this.#current()
    if (!(connection instanceof Promise)) return this.#send(connection, commands)
    const answers = connection.then((opened) => this.#send(opened, commands))
    return commands.map(async (_, i) => (await answers)[i])
  }

  /** Gives up a connection, or an attempt, on which nothing moves any more: as after a network has lost it without a word. */
  renew(): void {
    const now = monotonicMs()
    if (this.#unanswered > 0 && now - this.#lastAnswerAt > STALLED_MS) this.#drop()
    if (this.#attempt !== undefined && now - this.#attempt.since > this.#attemptMs) this.#giveUp()
  }

  close(): void {
    this.#giveUp()
    this.#drop()
  }

  #current(): MaybePromise<Connection> {
    if (this.#connection?.isOpen) return this.#connection
    this.#drop()
    return (this.#attempt ?? this.#begin()).connection
  }

  #begin(): Attempt {
    const abort = new AbortController()
    const attempt: Attempt = {
      abort,
      since: monotonicMs(),
      connection: this.#open(abort.signal).then(
        (connection) => {
          if (this.#attempt !== attempt) {
            connection.close()
            throw new Error('the attempt to connect took too long and was given up')
          }
          this.#attempt = undefined
          this.#connection = connection
          this.#unanswered = 0
          this.#opened += 1
          return connection
        },
        (error: unknown) => {
          if (this.#attempt === attempt) this.#attempt = undefined
          throw error
        },
      ),
    }
    this.#attempt = attempt
    return attempt
  }

  #giveUp(): void {
    this.#attempt?.abort.abort()
    this.#attempt = undefined
  }

  #drop(): void {
    this.#connection?.close()
    this.#connection = undefined
  }

  #send(connection: Connection, commands: readonly Command[]): readonly Promise<unknown>[] {
    if (this.#unanswered === 0) this.#lastAnswerAt = monotonicMs()
    const answers = connection.send(commands)
    this.#unanswered += answers.length
    const answered = (error?: unknown): void => {
      if (connection !== this.#connection) return
      this.#unanswered -= 1
      this.#lastAnswerAt = monotonicMs()
      // A master that became a replica: another connection may lead to the new one.
      if (error instanceof Error && /\bREADONLY\b/.test(error.message)) this.#drop()
    }
    for (const answer of answers) answer.then(() => answered(), answered)
    return answers
  }
}
