import type { Logger } from '../src/limiter/events.ts'
import type { Answer, CurrentLimit } from '../src/limiter/decision.ts'
import type { BreachForm, RequestView } from './forms.ts'

export interface RecordedCallback {
  readonly callback: string
  readonly limit: string
  readonly key: string
}

/** A body that holds a key: keys are spelled differently, so a recorded body is read by `pattern`, whose group is the key. */
export interface BodyWithKey {
  readonly pattern: RegExp
  readonly key: string
}

/** What happens during one step beside its answer. */
export class Recorder {
  callbacks: RecordedCallback[] = []
  log: string[] = []
  bodyWithKey: BodyWithKey | undefined

  readonly logger: Logger = {
    info: (_message, details) => this.#record(details),
    warn: (_message, details) => this.#record(details),
    error: (_message, details) => this.#record(details),
  }

  /** Forgets what earlier steps left. */
  clear(): void {
    this.callbacks = []
    this.log = []
    this.bodyWithKey = undefined
  }

  /** Does what a breach form says. */
  breach(form: BreachForm, limit: CurrentLimit, request: RequestView, nowMs: number): Answer | undefined {
    this.callbacks.push({ callback: form.label, limit: limit.limit.text, key: limit.key })
    if (form.raise !== undefined) throw new Error(form.raise)
    if (form.respond === undefined) return undefined
    const values: Record<string, string> = {
      limit: limit.limit.text,
      key: limit.key,
      remaining: String(limit.remaining),
      resetIn: String(Math.ceil(limit.resetAt / 1000) - Math.floor(nowMs / 1000)),
      path: request.path,
    }
    const fill = (replace: (name: string) => string): string =>
      form.respond!.body.replaceAll(/\{(\w+)\}/g, (whole, name: string) => (name in values ? replace(name) : whole))
    if (form.respond.body.includes('{key}')) {
      const pattern = escapePattern(fill((name) => (name === 'key' ? KEY_MARK : values[name]!))).replaceAll(
        KEY_MARK,
        '(.*)',
      )
      this.bodyWithKey = { pattern: new RegExp(`^${pattern}$`, 's'), key: limit.key }
    }
    return { ...form.respond, body: fill((name) => values[name]!) }
  }

  #record(details: object | undefined): void {
    if (details && 'kind' in details && typeof details.kind === 'string') this.log.push(details.kind)
  }
}

const KEY_MARK = '\u0000'

function escapePattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
