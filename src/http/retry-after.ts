import type { EpochMs } from '../clock.ts'
import { parseHttpDate } from './http-date.ts'

/**
 * The `Retry-After` to send where the application has set one itself: the later of the two. An application's value that
 * is neither seconds nor an HTTP-date is not ours to judge: it stays.
 *
 * @param ours the value that the header writer gave
 * @param foreign the value that stands in the response
 */
export function mergeRetryAfter(ours: string, foreign: string, now: EpochMs): string {
  const theirs = parseRetryAfter(foreign, now)
  const own = parseRetryAfter(ours, now)
  return theirs === undefined || own === undefined || theirs > own ? foreign : ours
}

/** The instant that a `Retry-After` value names (RFC 9110 §10.2.3), undefined where it is malformed. */
function parseRetryAfter(value: string, now: EpochMs): EpochMs | undefined {
  return /^\d+$/.test(value) ? now + Number(value) * 1000 : parseHttpDate(value, now)
}
