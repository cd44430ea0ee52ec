/** A storage's address for people: without its password, and without its query, which can hold one too. */
export function redact(uri: string): string {
  const scheme = uri.indexOf('://')
  const colon = uri.indexOf(':', scheme < 0 ? 0 : scheme + 3)
  const at = uri.lastIndexOf('@')
  const address = colon >= 0 && colon < at ? `${uri.slice(0, colon)}:***${uri.slice(at)}` : uri
  const query = address.indexOf('?')
  return query < 0 ? address : `${address.slice(0, query)}?…`
}
