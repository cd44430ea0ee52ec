import type { LimiterError, NotationError } from '../errors.ts'
import type { RateLimit } from '../limit/rate-limit.ts'
import { show } from '../show.ts'
import type { Events, Logger } from './events.ts'
import type { GatherNotes } from './gather.ts'
import type { GuardReports } from './guard.ts'
import { NotationCache } from './notation-cache.ts'
import type { Outcome } from './outcome.ts'
import type { Rule } from './rule.ts'
import type { WarningCode } from './warnings.ts'

/** How many keys are looked at, from the first on. */
const MOST_INSPECTIONS = 1000
const WHOLE_IPV6 = /^(?!::ffff:)(?=.*:.*:)[\da-f:]+(?:[\d.]+)?$/i
/** The longest text of an address. Of a longer key the time to match it would grow with the square. */
const LONGEST_IPV6 = 45

/** Says what happens: to the log (each record with a stable `kind`), and to those who listen. */
export class Reporter<Req, Res> implements GatherNotes<Req, Res>, GuardReports {
  readonly #logger: Logger
  readonly #events: Events<Req>
  readonly #storage: string
  readonly #given: Set<string>
  readonly #notations = new NotationCache()
  #inspections = 0

  constructor(logger: Logger, events: Events<Req>, storage: string, silence: ReadonlySet<string>) {
    this.#logger = logger
    this.#events = events
    this.#storage = storage
    this.#given = new Set(silence)
  }

  parse(notation: string, rule: Rule<Req, Res>): readonly RateLimit[] {
    return this.#notations.parse(notation, rule.strategy)
  }

  unreadable(rule: Rule<Req, Res>, error: NotationError): void {
    this.#logger.error?.(`a ${rule.source} limit is left out: ${error.message}`, { kind: 'limit-not-loaded', error })
  }

  emptyKey(rule: Rule<Req, Res>, limit: RateLimit): void {
    this.#logger.error?.(`the ${rule.source} limit ${limit.text} is skipped: its key is empty`, {
      kind: 'empty-key',
      limit,
    })
  }

  undefinedKey(rule: Rule<Req, Res>, limit: RateLimit): void {
    this.warn(
      'WARN_KEY_UNDEFINED',
      `the ${rule.source} limit ${limit.text} is skipped: its key function answered undefined. If the key is made of the signed-in user, the limit has to stand after authentication`,
    )
  }

  /** Looks whether keys are whole IPv6 addresses; the first ones tell. */
  inspectKey(key: string): void {
    if (this.#inspections >= MOST_INSPECTIONS) return
    this.#inspections += 1
    if (key.length > LONGEST_IPV6 || !WHOLE_IPV6.test(key)) return
    this.warn(
      'WARN_KEY_IPV6',
      `a key is a whole IPv6 address (${key}); a client has 2^64 of them and more. Use remoteAddress, which counts them by prefix, or mask the address`,
    )
  }

  exceeded(outcome: Outcome<Req, Res>, index: number): void {
    if (!this.#logger.info) return
    const limit = outcome.limitAt(index)
    this.#logger.info(`limit ${limit.limit.text} exceeded (${limit.key})`, { kind: 'exceeded', limit })
  }

  refused(request: Req, outcome: Outcome<Req, Res>): void {
    if (!this.#events.hasListeners('refused')) return
    this.#events.emit('refused', { request, limit: outcome.refusedBy!, decision: outcome })
  }

  callbackFailed(request: Req, error: unknown): void {
    this.#events.emit('callbackError', { request, error })
  }

  /** An error that the configuration says to pass over. */
  swallowed(kind: string, error: unknown): void {
    this.#failure('passed over an error', kind, error)
  }

  /** An error for which a request is answered by 500, and of which no error handler of the app hears. */
  checkFailed(error: unknown): void {
    this.#failure('a request could not be checked, and is answered by 500', 'check-failed', error)
  }

  #failure(what: string, kind: string, error: unknown): void {
    this.#logger.error?.(`${what} (${kind}): ${error instanceof Error ? error.message : show(error)}`, { kind, error })
  }

  failed(error: LimiterError): void {
    this.#events.emit('storageError', { storage: this.#storage, error })
  }

  lost(error: LimiterError): void {
    this.#logger.warn?.(`storage lost: ${error.message}`, { kind: 'storage-unreachable', error })
    this.#events.emit('storageLost', { storage: this.#storage, error })
  }

  found(): void {
    this.#logger.info?.(`storage found again: ${this.#storage}`, { kind: 'storage-recovered' })
    this.#events.emit('storageFound', { storage: this.#storage })
  }

  wasReset(count: number): void {
    this.#logger.info?.(`reset: ${count} keys removed`, { kind: 'reset' })
  }

  /** Warns once per code. */
  warn(code: WarningCode, message: string): void {
    if (this.#given.has(code)) return
    this.#given.add(code)
    this.#logger.warn?.(`${message} (${code}; see docs/reference/warnings.md, silence it by silence: ['${code}'])`, {
      kind: 'warning',
      code,
    })
    this.#events.emit('warning', { code, message })
  }
}
