import { NotationError } from '../errors.ts'
import { quote } from '../show.ts'

/** One limit of a notation as it is written, nothing understood yet: texts, and where they stand. */
export interface ScannedLimit {
  readonly amount: Lexeme
  /** Missing in "5 per minute". */
  readonly multiples: Lexeme | undefined
  readonly unit: Lexeme
}

/** A piece of the notation: its text, and the position of its first character. */
export interface Lexeme {
  readonly text: string
  readonly at: number
}

// Letters that a case-insensitive match takes for s, i, I and k. They belong to a word, so that an error shows all of it;
// no unit is spelled with them.
const LOOK_ALIKES = '\u017f\u0131\u0130\u212a'

/**
 * Reads the shape of a notation: `amount (per | /) [multiples] unit`, several joined by `,` `;` or `|`, with ASCII white space
 * around any of them. Which words are units and which numbers are too large is for the parser to say.
 *
 * @throws NotationError `ERR_LIMIT_SYNTAX` at the first character that cannot be read.
 */
export function scanLimits(notation: string): readonly ScannedLimit[] {
  const scanner = new Scanner(notation)
  const limits = [scanner.limit()]
  while (!scanner.atEnd()) {
    if (!scanner.skip(',') && !scanner.skip(';') && !scanner.skip('|')) scanner.fail('",", ";", "|" or the end')
    limits.push(scanner.limit())
  }
  return limits
}

class Scanner {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  limit(): ScannedLimit {
    const amount = this.#run(isDigit) ?? this.fail('a number, as the 5 in "5 per minute"')
    if (!this.skip('/') && !this.skip('per')) this.fail('"per" or "/"')
    const multiples = this.#run(isDigit)
    const unit =
      this.#run(isLetter) ?? this.fail(multiples === undefined ? 'a number or a unit of time' : 'a unit of time')
    return { amount, multiples, unit }
  }

  atEnd(): boolean {
    this.#skipSpace()
    return this.#at === this.#text.length
  }

  /** Steps over `word`, in upper or lower case, if it comes next. */
  skip(word: string): boolean {
    this.#skipSpace()
    const found = this.#text.slice(this.#at, this.#at + word.length).toLowerCase() === word
    if (found) this.#at += word.length
    return found
  }

  fail(expected: string): never {
    this.#skipSpace()
    throw syntaxError(this.#text, this.#at, expected, this.#run(isLetter)?.text ?? this.#character())
  }

  #run(belongs: (character: string) => boolean): Lexeme | undefined {
    this.#skipSpace()
    const at = this.#at
    while (this.#at < this.#text.length && belongs(this.#text[this.#at]!)) this.#at++
    return this.#at === at ? undefined : { text: this.#text.slice(at, this.#at), at }
  }

  #character(): string | undefined {
    const code = this.#text.codePointAt(this.#at)
    return code === undefined ? undefined : String.fromCodePoint(code)
  }

  #skipSpace(): void {
    while (this.#at < this.#text.length && ' \t\n\r\f\v'.includes(this.#text[this.#at]!)) this.#at++
  }
}

/** The error for `found` (undefined: the text ends there) standing where `expected` should. */
export function syntaxError(notation: string, at: number, expected: string, found: string | undefined): NotationError {
  const got = found === undefined ? 'the end' : visible(found)
  const message = `cannot read the limit ${quote(notation)}: at position ${at} expected ${expected}, got ${got}`
  return new NotationError('ERR_LIMIT_SYNTAX', notation, at, expected, message)
}

/** With its number where it is a single character that can look like another one, or like nothing. */
function visible(text: string): string {
  const code = text.codePointAt(0)!
  const single = text === String.fromCodePoint(code)
  return single && code > 0x7e ? `"${text}" (U+${code.toString(16).toUpperCase().padStart(4, '0')})` : quote(text)
}

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9'
}

function isLetter(character: string): boolean {
  return (
    (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') || LOOK_ALIKES.includes(character)
  )
}
