import type { CompiledEndpoint } from './compiled-endpoint.ts'
import type { LimitSource } from './decision.ts'
import type { Gathered } from './gather.ts'
import type { SkipReason } from './resolve.ts'

/** One limit as `explain` shows it. */
export interface ExplainedLimit {
  /** "5 per 1 minute"; for a notation that is not known, why. */
  readonly limit: string
  readonly source: LimitSource
  /** Its key in the storage. */
  readonly key: string
  readonly cost: number
}

/** Which limits a request meets, and which it does not, and why. */
export interface Explanation {
  /** The endpoint by which its limits are found; undefined: no route is matched (yet). */
  readonly endpoint: string | undefined
  readonly method: string
  readonly applies: readonly ExplainedLimit[]
  readonly skipped: readonly { readonly limit: string; readonly source: LimitSource; readonly reason: SkipReason }[]
  /** Whether the endpoint is exempt from every limit. */
  readonly exempt: boolean
}

/** Puts what was gathered for a request in words. */
export function explanationOf<Req, Res>(
  endpoint: CompiledEndpoint<Req, Res>,
  method: string,
  { batch, plan, skipped }: Gathered<Req, Res>,
): Explanation {
  return {
    endpoint: endpoint.name,
    method,
    exempt: plan.resolution.exempt,
    applies: batch.entries.map((entry, index) => ({
      limit: entry.limit.text,
      source: batch.rules[index]!.source,
      key: entry.key,
      cost: entry.cost,
    })),
    skipped: skipped.map(({ rule, reason }) => ({ limit: textOf(rule.limits), source: rule.source, reason })),
  }
}

function textOf(limits: unknown): string {
  if (Array.isArray(limits)) return limits.map((limit: { text: string }) => limit.text).join('; ')
  return limits instanceof Error ? limits.message : '(given by a function)'
}
