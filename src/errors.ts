/** Every code that an error of this library can carry, and when it does. `docs/reference/errors.md` has a heading for each. */
export const ERROR_CODES = {
  ERR_CONFIG: 'An option or a declaration is not usable.',
  ERR_LIMIT_SYNTAX: 'A limit string does not follow the notation.',
  ERR_LIMIT_RANGE: 'A number of a limit lies outside what can be counted exactly.',
  ERR_UNKNOWN_STRATEGY: 'No strategy has this name.',
  ERR_MISSING_PEER: 'A client library or framework that this needs is not installed.',
  ERR_CALLBACK: 'A function given to the limiter answered something that cannot be used.',
  ERR_STORAGE_UNAVAILABLE: 'The storage could not be reached or failed.',
  ERR_STORAGE_TIMEOUT: 'The storage did not answer within `storageTimeout`.',
  ERR_STORAGE_CONTENTION: 'Too many writers changed the same state at the same time.',
  ERR_STORAGE_STATE: 'The storage holds something that this library did not write.',
  ERR_STORAGE_FULL: 'The storage has no room left for another key.',
  ERR_RATE_LIMITED: 'A limit is exhausted.',
} as const

/** A stable identifier of what went wrong. */
export type ErrorCode = keyof typeof ERROR_CODES

/** What every error of this library carries. @internal */
export const BRAND: unique symbol = Symbol.for('sluice.error')

/** The base of every error that this library makes. Recognise one with {@link isLimiterError}, also across copies of the package. */
export class LimiterError extends Error {
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
    this.name = new.target.name
  }

  static {
    Object.defineProperty(this.prototype, BRAND, { value: true })
  }
}

/** Whether `value` is an error of this library, whichever copy of the package made it. */
export function isLimiterError(value: unknown): value is LimiterError {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true
}

/**
 * Makes an error without its stack, which tells nothing where it is made of a value, and costs ten times as much as a decision.
 * @internal
 */
export function withoutStack<T extends Error>(make: () => T): T {
  const { stackTraceLimit } = Error
  try {
    Error.stackTraceLimit = 0
  } catch {
    // Frozen, as by `node --frozen-intrinsics`.
    return make()
  }
  try {
    return make()
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

/** Something was declared or configured wrongly. Thrown where it was declared, before any request. */
export class ConfigurationError extends LimiterError {
  constructor(message: string, options?: { readonly cause?: unknown; readonly code?: ErrorCode }) {
    super(options?.code ?? 'ERR_CONFIG', message, options)
  }
}

/** A limit string that does not follow the notation (`ERR_LIMIT_SYNTAX`) or holds a number that cannot be counted (`ERR_LIMIT_RANGE`). */
export class NotationError extends ConfigurationError {
  /** The text that was given. */
  readonly notation: string
  /** Where in the text the trouble is: 0 for its first character (UTF-16 units). */
  readonly position: number
  /** What would have been understood there, in words. */
  readonly expected: string

  constructor(
    code: 'ERR_LIMIT_SYNTAX' | 'ERR_LIMIT_RANGE',
    notation: string,
    position: number,
    expected: string,
    message: string,
  ) {
    super(message, { code })
    this.notation = notation
    this.position = position
    this.expected = expected
  }
}

/** The storage failed. `cause` is what its client reported. `onStorageError` decides what a request gets. */
export class StorageError extends LimiterError {}
