const MOST = 200

/** A value as it can stand in a message, whatever it is: enough to recognise it by. Never fails, and is never long. */
export function show(value: unknown): string {
  try {
    if (typeof value === 'string') return quote(value)
    if (typeof value === 'function') return `function ${cut(value.name || '(anonymous)')}`
    if (typeof value === 'object' && value !== null) return cut(JSON.stringify(value))
    return cut(String(value))
  } catch {
    return `a value of type ${typeof value}`
  }
}

/** Text in quotes, its control characters escaped and its end cut off where it is long. */
export function quote(text: string): string {
  return JSON.stringify(cut(text))
}

/** Text without its end where it is long. */
export function cut(text: string): string {
  return text.length > MOST ? `${text.slice(0, MOST)}…` : text
}
