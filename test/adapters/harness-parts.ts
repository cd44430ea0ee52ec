import type { ExemptionScopes, LimitEntry } from '../../src/limiter/limit-options.ts'
import type { AdapterLimiter, AppParts, AppSpec, ExemptSpec, GroupSpec } from '../../src/testing/index.ts'

/** A limiter that limits groups of routes, whatever stands for one. */
interface GroupLimiter<Req, Res, Group> extends AdapterLimiter<Req, Res> {
  group(group: Group, limits: readonly LimitEntry<Req, Res>[]): unknown
  exempt(group: Group, scopes?: ExemptionScopes): unknown
}

/** The limiters of an app that are installed before its routes, or those that come late. */
export function limitersOf<L>(
  { limiters }: AppSpec,
  parts: { limiter(name: string): L },
  when: 'early' | 'late',
): readonly L[] {
  return limiters.filter(({ late = false }) => late === (when === 'late')).map(({ name = '' }) => parts.limiter(name))
}

/** Gives a group its limits and its exemption. */
export function limitGroup<Req extends object, Res, Group>(
  group: Group,
  { limits = [], exempt }: GroupSpec,
  parts: AppParts<Req, Res, GroupLimiter<Req, Res, Group>>,
): void {
  for (const limit of limits) {
    const { notation, options } = parts.declaration(limit)
    const shared = limit.shared ? { shared: true } : {}
    parts.limiter(limit.limiter).group(group, [{ ...options, ...shared, limit: notation }])
  }
  if (exempt) parts.limiter().exempt(group, scopesOf(exempt))
}

/** What an exemption is from: undefined is the bare one, from everything. */
export function scopesOf(exempt: ExemptSpec): ExemptionScopes | undefined {
  return exempt === 'all' ? undefined : exempt
}
