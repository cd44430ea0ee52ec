/**
 * Structured field values (RFC 9651), as much of them as rate limit headers need: Integers, Strings, and Items with
 * parameters. A List is its items joined by `, `.
 */

/** What an Item or a parameter can hold: a String or an Integer. */
type BareItem = string | number

const LARGEST_INTEGER = 999_999_999_999_999

/**
 * An Integer. RFC 9651 allows 15 digits; a greater number is written as the greatest of them, for in a header it says
 * the same: more than anybody will use.
 */
export function serializeInteger(value: number): string {
  return String(value > LARGEST_INTEGER ? LARGEST_INTEGER : value)
}

/** A String, quoted. It can hold printable ASCII only; anything else is a RangeError, never a broken header. */
export function serializeString(value: string): string {
  if (!/^[ -~]*$/.test(value)) {
    throw new RangeError(`Not printable ASCII, so no structured field can hold it: ${JSON.stringify(value)}`)
  }
  return `"${value.replace(/["\\]/g, '\\$&')}"`
}

/** An Item with its parameters, in their order: `"daily";q=1000;w=86400`. Parameter names are lower-case. */
export function serializeItem(value: BareItem, parameters: Readonly<Record<string, BareItem>>): string {
  let item = serializeBareItem(value)
  for (const [name, parameter] of Object.entries(parameters)) item += `;${name}=${serializeBareItem(parameter)}`
  return item
}

function serializeBareItem(value: BareItem): string {
  return typeof value === 'string' ? serializeString(value) : serializeInteger(value)
}
