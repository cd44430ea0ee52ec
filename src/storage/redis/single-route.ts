import type { Link } from './link.ts'
import type { Master, Route, RoutedCommand } from './route.ts'

/** The route to a single server. */
export class SingleRoute implements Route {
  readonly atomicity = 'batch'
  readonly #link: Link
  readonly #keyPrefix: string

  /** `keyPrefix`: what the client puts before every key by itself. */
  constructor(link: Link, keyPrefix = '') {
    this.#link = link
    this.#keyPrefix = keyPrefix
  }

  get connections(): number {
    return this.#link.opened
  }

  spell(key: string): string {
    return key
  }

  slotOf(_key: string): number {
    return 0
  }

  send(commands: readonly RoutedCommand[]): readonly Promise<unknown>[] {
    return this.#link.send(commands.map(({ command }) => command))
  }

  masters(): readonly Master[] {
    return [{ send: (commands) => this.#link.send(commands), keyPrefix: this.#keyPrefix }]
  }

  patternOf(prefix: string): string {
    return `${escapePattern(this.#keyPrefix + prefix)}*`
  }

  renew(): void {
    this.#link.renew()
  }

  close(): void {
    this.#link.close()
  }
}

/** The pattern that matches this text only. */
export function escapePattern(text: string): string {
  return text.replace(/[\\*?[\]]/g, '\\$&')
}
