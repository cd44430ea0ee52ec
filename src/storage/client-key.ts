/** How many fields stand before the client's key, as `limiter/keys.ts` spells keys: a `|` ends each of them. */
const FIELDS = 7

/** The client's part of a key that the limiter has spelled. Keys of another spelling have none: the empty string. */
export function clientKeyOf(key: string): string {
  let end = -1
  for (let field = 0; field < FIELDS; field++) {
    end = key.indexOf('|', end + 1)
    if (end < 0) return ''
  }
  return key.slice(end + 1)
}
