import type { RateLimit } from '../limit/rate-limit.ts'
import type { StrategyName } from '../strategy/strategy.ts'
import { sha256 } from './sha256.ts'

/** What a bucket belongs to: one endpoint, a name that several share, or the refusals that a meta limit counts. */
export type Subject =
  | { readonly kind: 'endpoint'; readonly endpoint: string; readonly scope: string }
  | { readonly kind: 'shared'; readonly scope: string }
  | { readonly kind: 'meta'; readonly scope: string }

/**
 * The spelling of keys: `sluice|prefix|kind|name|scope|method|limit|client`.
 *
 * Every field but the last is escaped and the number of fields is fixed, so no two different tuples share a key. The
 * client's key comes last and, unless it is long, as it is: everything before it is known when the route is declared, and
 * a request only appends to it.
 */
export function keyBase(
  prefix: string,
  subject: Subject,
  method: string | undefined,
  limit: RateLimit,
  strategy: StrategyName,
): string {
  const name = subject.kind === 'endpoint' ? escapeField(subject.endpoint) : ''
  const size = `${limit.amount}/${limit.multiples}/${limit.granularity}`
  const what = strategy === 'fixed-window' ? size : `${size}/${strategy}`
  return `${keyPrefix(prefix)}${subject.kind}|${name}|${escapeField(subject.scope)}|${escapeField(method ?? '')}|${what}|`
}

/** What all keys of one limiter begin with; no limiter with another prefix has such keys. */
export function keyPrefix(prefix: string): string {
  return `sluice|${escapeField(prefix)}|`
}

/** What clients send can become their keys, and must not decide how much room a key takes: longer ones are spelled by their hash. */
export const LONGEST = 256
const HASHED = '#sha256:'

/** The whole key of one client. */
export function keyOf(base: string, clientKey: string): string {
  // What only looks like a hash is hashed, too, so that no key stands for two clients.
  const isLong = clientKey.length > LONGEST || clientKey.startsWith(HASHED)
  return isLong ? base + HASHED + sha256(clientKey) : base + clientKey
}

function escapeField(text: string): string {
  return /[%|]/.test(text) ? text.replaceAll('%', '%25').replaceAll('|', '%7C') : text
}
