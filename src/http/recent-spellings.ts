import { hashFrom } from '../hash.ts'
import { ownText } from '../own-text.ts'

/** A power of two. */
const PLACES = 4096
/** No address is longer, with brackets, a port and a zone. */
const LONGEST = 80

/**
 * How addresses are spelled that came twice, each until another one takes its place: to read and to spell one takes longer than to
 * count it. Those that come once leave nothing behind.
 */
export class RecentSpellings {
  readonly #spell: (address: string) => string
  readonly #kept: ({ readonly address: string; readonly text: string } | undefined)[] = Array.from({ length: PLACES })
  /** The hashes of those that came last. */
  readonly #seen = new Int32Array(PLACES)

  constructor(spell: (address: string) => string) {
    this.#spell = spell
  }

  of(address: string): string {
    if (address.length > LONGEST) return this.#spell(address)
    const hash = hashFrom(address, 0, 0)
    const at = hash & (PLACES - 1)
    const kept = this.#kept[at]
    if (kept !== undefined && kept.address === address) return kept.text
    if (this.#seen[at] !== hash) {
      this.#seen[at] = hash
      return this.#spell(address)
    }
    const own = ownText(address)
    const text = this.#spell(own)
    this.#kept[at] = { address: own, text }
    return text
  }
}
