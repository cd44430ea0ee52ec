import fc from 'fast-check'

/** Characters on which text handling has broken before: ends of lines and strings, halves of pairs, separators, names of properties. */
const TROUBLE = [
  '\0', '\r', '\n', '\r\n', '\t', ' ', '\u00a0', '\u2028', '\ufeff', '\x7f', '\x80', '\xff', '\u0100', '\ud800', '\udfff', '😀',
  '"', "'", '\\', '%', '%7C', '%zz', '|', '/', ':', ';', ',', '.', '..', '*', '[', ']', '{', '}', '<', '>', '&', '=', '@', '#', '?',
  '__proto__', 'constructor', 'toString', 'undefined', 'null', 'NaN', '-1', '1e999', '0x10', '١', 'ſ', 'İ',
] // prettier-ignore

/** Any text: ASCII, any Unicode with halves of pairs, troublesome pieces, and now and then very long. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.string() },
  { weight: 3, arbitrary: fc.array(fc.constantFrom(...TROUBLE), { maxLength: 6 }).map((pieces) => pieces.join('')) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary' }) },
  {
    weight: 2,
    arbitrary: fc
      .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 })
      .map((units) => String.fromCharCode(...units)),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(...TROUBLE, 'a', '1'), fc.integer({ min: 1, max: 5000 }))
      .map(([unit, count]) => unit.repeat(count)),
  },
)

/** Texts of a grammar, as they are and with something put in, taken out, doubled or swapped. */
export function mutated(grammar: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const place = fc.double({ min: 0, max: 1, noNaN: true })
  const mutation = fc.tuple(
    fc.constantFrom('insert', 'remove', 'double', 'swap', 'case'),
    place,
    place,
    fc.constantFrom(...TROUBLE),
  )
  return fc.tuple(grammar, fc.array(mutation, { maxLength: 3 })).map(([text, mutations]) => {
    for (const [kind, from, to, piece] of mutations) {
      const [begin, end] = [from, to].map((at) => Math.floor(at * text.length)).sort((a, b) => a - b) as [
        number,
        number,
      ]
      const [before, middle, after] = [text.slice(0, begin), text.slice(begin, end), text.slice(end)]
      if (kind === 'insert') text = before + piece + middle + after
      else if (kind === 'remove') text = before + after
      else if (kind === 'double') text = before + middle + middle + after
      else if (kind === 'swap') text = after + middle + before
      else text = before + middle.toUpperCase() + after
    }
    return text
  })
}

/** Any value that code without types can hand over. */
export const anyValue: fc.Arbitrary<unknown> = fc.oneof(
  anyText,
  fc.double(),
  fc.maxSafeInteger(),
  fc.bigInt(),
  fc.constantFrom<unknown>(
    undefined, null, true, false, NaN, -0, Infinity, Symbol('s'), Symbol.iterator, () => 'x', new Date(NaN), /x/g,
    new Map([['a', 1]]), new Set([1]), new Uint8Array(3), Buffer.from('x'), new Headers({ a: 'b' }), new Error('e'), [], [[]], {},
    Object.create(null), Object.freeze({ a: 1 }), JSON.parse('{"__proto__":{"polluted":1}}'),
  ), // prettier-ignore
  fc.constant(null).map(hostile),
  fc.anything({ withBigInt: true, withNullPrototype: true, withSparseArray: true, withTypedArray: true, maxDepth: 2 }),
)

/** An object on which everything fails that one can do to it without looking. */
function hostile(): object {
  const fail = (): never => {
    throw new Error('hostile')
  }
  return { toString: fail, valueOf: fail, toJSON: fail, [Symbol.toPrimitive]: fail }
}

/**
 * Long texts of `before`, one piece over and over, and `after`: an expression that goes back over what it has read would need
 * days for them.
 */
export function pumped(befores: readonly string[], pieces: readonly string[], afters: readonly string[]): string[] {
  return befores.flatMap((before) =>
    pieces.flatMap((piece) => afters.map((after) => before + piece.repeat(300_000 / piece.length) + after)),
  )
}
