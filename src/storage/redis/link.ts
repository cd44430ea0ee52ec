import { monotonicMs, systemClock } from '../../clock.ts'
import type { MaybePromise } from '../storage.ts'
import type { Command, Connection } from './connection.ts'

/** How long a connection may leave a command without an answer, in ms, before {@link Link.renew} takes another one. */
const STALLED_MS = 1000

/** After how long a silence, in ms, a connection is asked whether it is still there before it is used. */
const SILENCE_MS = 10_000
/** How long it has to answer that, in ms, before another one is opened. */
const CHECK_MS = 100
/** Where a server is farther away than this, in ms, a question more would be too much for the deadline of a request. */
const NEAR_MS = 40

interface Attempt {
  readonly connection: Promise<Connection>
  readonly abort: AbortController
  readonly since: number
}

/**
 * A connection that is opened when it is needed, and again when it was lost. Nothing happens in the background: while a server is
 * away, whoever asks learns it at once, and how often it is asked is the breaker's business.
 *
 * A process that was stopped between requests, as on AWS Lambda or Cloud Run, has not seen its connection being closed, and what it
 * sends there must not be sent again. So after a silence a PING goes first, of which it does not matter whether it arrives.
 */
export class Link {
  readonly #open: (signal: AbortSignal) => Promise<Connection>
  readonly #attemptMs: number
  #connection: Connection | undefined
  #attempt: Attempt | undefined
  #unanswered = 0
  /** By the clock on the wall, which goes on while the process is stopped. */
  #lastSentAt = 0
  /** The shortest time that an answer took which was not waited for behind others, in ms. */
  #roundTripMs = Infinity
  #isTimed = false
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
    const now = systemClock.now()
    const connection = this.#current(now)
    this.#lastSentAt = now
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

  #current(now: number): MaybePromise<Connection> {
    if (this.#attempt) return this.#attempt.connection
    const connection = this.#connection
    if (connection?.isOpen) {
      const isSilent = Math.abs(now - this.#lastSentAt) > SILENCE_MS
      return isSilent && this.#roundTripMs < NEAR_MS ? this.#begin(connection).connection : connection
    }
    this.#drop()
    return this.#begin().connection
  }

  /** The connection if it is there, or else another one. */
  async #check(connection: Connection, signal: AbortSignal): Promise<Connection> {
    if ((await answersSoon(connection)) && connection.isOpen) return connection
    if (signal.aborted) throw givenUp()
    this.#drop()
    return this.#open(signal)
  }

  #begin(silent?: Connection): Attempt {
    const abort = new AbortController()
    const attempt: Attempt = {
      abort,
      since: monotonicMs(),
      connection: (silent ? this.#check(silent, abort.signal) : this.#open(abort.signal)).then(
        (connection) => {
          if (this.#attempt !== attempt) {
            connection.close()
            throw givenUp()
          }
          this.#attempt = undefined
          if (connection !== silent) {
            this.#connection = connection
            this.#unanswered = 0
            this.#roundTripMs = Infinity
            this.#opened += 1
          }
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
    if (this.#unanswered === 0) {
      this.#lastAnswerAt = monotonicMs()
      this.#isTimed = true
    }
    const answers = connection.send(commands)
    this.#unanswered += answers.length
    const answered = (error?: unknown): void => {
      if (connection !== this.#connection) return
      const now = monotonicMs()
      if (this.#isTimed) this.#roundTripMs = Math.min(this.#roundTripMs, now - this.#lastAnswerAt)
      this.#isTimed = false
      this.#unanswered -= 1
      this.#lastAnswerAt = now
      // A master that became a replica: another connection may lead to the new one.
      if (error instanceof Error && /\bREADONLY\b/.test(error.message)) this.#drop()
    }
    for (const answer of answers) answer.then(() => answered(), answered)
    return answers
  }
}

function givenUp(): Error {
  return new Error('the attempt to connect took too long and was given up')
}

/** Whether anything comes back, be it an error. */
function answersSoon(connection: Connection): Promise<boolean> {
  return new Promise((resolve) => {
    // What has arrived while the process was busy is read before this is over.
    const timer = setTimeout(() => setImmediate(resolve, false), CHECK_MS)
    const answered = (): void => {
      clearTimeout(timer)
      resolve(true)
    }
    connection.send([['PING']])[0]!.then(answered, answered)
  })
}
