import { ConfigurationError } from '../errors.ts'
import { nearest } from '../nearest.ts'
import { quote, show } from '../show.ts'

/** Names that Flask-Limiter uses, and what to write instead. */
const FLASK_NAMES: Readonly<Record<string, string>> = {
  keyFunc: 'key',
  keyFunction: 'key',
  storageUri: 'storage',
  headersEnabled: "headers: 'legacy'",
  headerNameMapping: 'headerNames',
  inMemoryFallback: 'onStorageError: { fallback: [...] }',
  inMemoryFallbackEnabled: "onStorageError: 'fallback'",
  swallowErrors: "onStorageError: 'allow' and onCallbackError: 'allow'",
  limitValue: 'limit',
  limitProvider: 'limit',
  autoCheckEnabled: 'autoCheck',
}

/** Throws for the first name in `given` that is not in `known`, naming what was probably meant. */
export function checkNames(given: object, known: readonly string[], where: string): void {
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue
    const camel = name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
    const meant = FLASK_NAMES[camel] ?? nearest(camel, known)
    throw new ConfigurationError(
      `${where}: unknown option ${quote(name)}${meant === undefined ? '' : `; did you mean ${meant}?`} (options: ${known.join(', ')})`,
    )
  }
}

/** A function whose first parameter is called as that of a handler is. */
const REQUEST_FIRST = /^[\s\w$*]*\(?\s*(req|request)\s*[,)=]/

/**
 * Throws unless `value` is undefined or a function of `(response, request)`. In the order that handlers have, it would ask the request
 * for its status, and never charge.
 */
export function checkDeductWhen(value: unknown, where: string): void {
  checkType(value, where, 'function')
  const [, name] = REQUEST_FIRST.exec(String(value)) ?? []
  if (value === undefined || name === undefined) return
  throw new ConfigurationError(
    `${where}: expected a function of (response, request), got one whose first parameter is called ${name}`,
  )
}

/** Throws unless `value` is undefined or of one of the types. */
export function checkType(
  value: unknown,
  where: string,
  ...types: ('function' | 'string' | 'number' | 'boolean' | 'object')[]
): void {
  if (value === undefined) return
  if (value !== null && types.includes(typeof value as 'object')) return
  throw new ConfigurationError(`${where}: expected ${types.join(' or ')}, got ${show(value)}`)
}

/** Throws unless `value` is undefined or one of `choices`. `others` says what else it could have been. */
export function checkChoice(value: unknown, where: string, choices: readonly string[], others = ''): void {
  if (value === undefined || (typeof value === 'string' && choices.includes(value))) return
  const meant = typeof value === 'string' ? nearest(value, choices) : undefined
  throw new ConfigurationError(
    `${where}: expected ${choices.map((choice) => `'${choice}'`).join(' or ')}${others}, got ${show(value)}${meant === undefined ? '' : `; did you mean '${meant}'?`}`,
  )
}
