import { BRAND, type LimiterError } from '../errors.ts'

/**
 * Makes an exception of a framework one of our errors too: with its fields, and so that `isLimiterError` and
 * `instanceof RateLimitExceeded` say so. Message and stack stay its own; `status` is that of the answer.
 */
export function impersonate<E extends Error>(exception: E, error: LimiterError, status: number): E {
  Object.assign(exception, error, { status })
  return Object.defineProperty(exception, BRAND, { value: true })
}
