/** A small parser of RFC 9651 §4.2, independent of `src/http`: Lists and Dictionaries of Integers, Strings and Tokens. */
export interface ParsedItem {
  readonly value: string | number | boolean
  readonly parameters: Readonly<Record<string, string | number | boolean>>
}

export function parseList(text: string): ParsedItem[] {
  const scanner = new Scanner(text)
  const items: ParsedItem[] = []
  scanner.skipMembers(() => items.push(scanner.item()))
  return items
}

export function parseDictionary(text: string): Record<string, ParsedItem> {
  const scanner = new Scanner(text)
  const members: Record<string, ParsedItem> = {}
  scanner.skipMembers(() => {
    const key = scanner.key()
    members[key] = scanner.take('=') ? scanner.item() : { value: true, parameters: scanner.parameters() }
  })
  return members
}

class Scanner {
  #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
    if (!/^[\x20-\x7e]*$/.test(text)) throw new Error(`not ASCII: ${JSON.stringify(text)}`)
  }

  skipMembers(member: () => void): void {
    this.#match(/ */y)
    while (this.#at < this.#text.length) {
      member()
      this.#match(/[ \t]*/y)
      if (this.#at === this.#text.length) return
      if (!this.take(',')) throw this.#error('","')
      this.#match(/[ \t]*/y)
      if (this.#at === this.#text.length) throw this.#error('another member')
    }
  }

  item(): ParsedItem {
    return { value: this.#bareItem(), parameters: this.parameters() }
  }

  parameters(): Record<string, string | number | boolean> {
    const parameters: Record<string, string | number | boolean> = {}
    while (this.take(';')) {
      this.#match(/ */y)
      const key = this.key()
      parameters[key] = this.take('=') ? this.#bareItem() : true
    }
    return parameters
  }

  key(): string {
    return this.#match(/[a-z*][a-z0-9_\-.*]*/y) ?? this.#fail('a key')
  }

  take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  #bareItem(): string | number {
    const integer = this.#match(/-?\d{1,15}(?![\d.])/y)
    if (integer !== undefined) return Number(integer)
    const string = this.#match(/"(?:[^"\\]|\\["\\])*"/y)
    if (string !== undefined) return string.slice(1, -1).replace(/\\(.)/g, '$1')
    return this.#match(/[A-Za-z*][\w!#$%&'*+\-.^`|~:/]*/y) ?? this.#fail('an item')
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    this.#at += found?.length ?? 0
    return found
  }

  #fail(expected: string): never {
    throw this.#error(expected)
  }

  #error(expected: string): Error {
    return new Error(`expected ${expected} at ${this.#at} of ${JSON.stringify(this.#text)}`)
  }
}
