import type { Decision } from '../limiter/decision.ts'

/**
 * What several limiters decided about one request, as one decision for the headers. Every limit is in its `limits`, and
 * the tightest is its `limit`: one that refused before one that did not, then the one with the least left, then the one
 * that resets last.
 *
 * @param decisions at least one
 */
export function combineDecisions(decisions: readonly Decision[]): Decision {
  const tightest = decisions.reduce((best, next) => (isTighter(next, best) ? next : best))
  const refused = decisions.filter((decision) => !decision.allowed)
  const { allowed, now, source, limit, refusedBy } = tightest
  return {
    allowed,
    now,
    source,
    limit,
    refusedBy,
    limits: decisions.flatMap((decision) => decision.limits),
    retryAt: refused.reduce<number | undefined>((latest, { retryAt }) => later(latest, retryAt), tightest.retryAt),
  }
}

function isTighter(a: Decision, b: Decision): boolean {
  if (a.allowed !== b.allowed) return b.allowed
  if (a.limit === undefined || b.limit === undefined) return a.limit !== undefined
  if (a.limit.remaining !== b.limit.remaining) return a.limit.remaining < b.limit.remaining
  return a.limit.resetAt > b.limit.resetAt
}

/** The later of two instants, where undefined means never. */
function later(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : Math.max(a, b)
}
