import type { CurrentLimit, Decision } from './decision.ts'
import { ConfigurationError, type LimiterError } from '../errors.ts'
import { show } from '../show.ts'
import { checkChoice } from './check-options.ts'
import type { WarningCode } from './warnings.ts'

/** What a limiter tells those who listen, by event. */
export interface LimiterEvents<Req> {
  /** A request was refused by a limit. */
  refused: { readonly request: Req; readonly limit: CurrentLimit; readonly decision: Decision }
  /** The storage failed so often that requests no longer wait for it. */
  storageLost: { readonly storage: string; readonly error: LimiterError }
  /** The storage answers again. */
  storageFound: { readonly storage: string }
  /** One call of the storage failed. */
  storageError: { readonly storage: string; readonly error: LimiterError }
  /** A function given to the limiter failed. */
  callbackError: { readonly request: Req; readonly error: unknown }
  /** Something is probably configured wrongly. Given once per code. */
  warning: { readonly code: WarningCode; readonly message: string }
}

/** Where a limiter writes what it has to say. Any logger with these methods fits; a missing method drops the record. */
export interface Logger {
  info?(message: string, details?: object): void
  warn?(message: string, details?: object): void
  error?(message: string, details?: object): void
}

const EVENTS: Readonly<Record<keyof LimiterEvents<unknown>, true>> = {
  refused: true,
  storageLost: true,
  storageFound: true,
  storageError: true,
  callbackError: true,
  warning: true,
}

/** Listeners by event. A listener that throws changes nothing for anybody else. */
export class Events<Req> {
  readonly #listeners = new Map<keyof LimiterEvents<Req>, Set<(event: never) => void>>()

  on<E extends keyof LimiterEvents<Req>>(event: E, listener: (event: LimiterEvents<Req>[E]) => void): void {
    // A listener for an event that never comes would look like an app in which all is well.
    checkChoice(event, 'limiter.on', Object.keys(EVENTS))
    if (typeof listener !== 'function') {
      throw new ConfigurationError(`limiter.on: expected a function that listens, got ${show(listener)}`)
    }
    let listeners = this.#listeners.get(event)
    if (!listeners) this.#listeners.set(event, (listeners = new Set()))
    listeners.add(listener)
  }

  off<E extends keyof LimiterEvents<Req>>(event: E, listener: (event: LimiterEvents<Req>[E]) => void): void {
    this.#listeners.get(event)?.delete(listener)
  }

  hasListeners(event: keyof LimiterEvents<Req>): boolean {
    return (this.#listeners.get(event)?.size ?? 0) > 0
  }

  emit<E extends keyof LimiterEvents<Req>>(event: E, detail: LimiterEvents<Req>[E]): void {
    const listeners = this.#listeners.get(event)
    if (!listeners) return
    for (const listener of listeners) {
      try {
        ;(listener as (event: LimiterEvents<Req>[E]) => void)(detail)
      } catch {
        // A listener watches; it takes no part in the decision.
      }
    }
  }
}
