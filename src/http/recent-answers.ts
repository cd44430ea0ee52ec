import { hashFrom } from '../hash.ts'
import { ownText } from '../own-text.ts'

/** A power of two. */
const PLACES = 4096
/** No address is longer, with brackets, a port and a zone. */
const LONGEST = 80

/**
 * What a function answers of addresses that came twice, each until another one takes its place: to read an address takes longer
 * than to count it. Those that come once leave nothing behind.
 */
export class RecentAnswers<Answer> {
  readonly #ask: (address: string) => Answer
  readonly #kept: ({ readonly address: string; readonly answer: Answer } | undefined)[] = Array.from({ length: PLACES })
  /** The hashes of those that came last. */
  readonly #seen = new Int32Array(PLACES)

  constructor(ask: (address: string) => Answer) {
    this.#ask = ask
  }

  of(address: string): Answer {
    if (address.length > LONGEST) return this.#ask(address)
    const hash = hashFrom(address, 0, 0)
    const at = hash & (PLACES - 1)
    const kept = this.#kept[at]
    if (kept !== undefined && kept.address === address) return kept.answer
    if (this.#seen[at] !== hash) {
      this.#seen[at] = hash
      return this.#ask(address)
    }
    const own = ownText(address)
    const answer = this.#ask(own)
    this.#kept[at] = { address: own, answer }
    return answer
  }
}
