import type { LimitSource } from '../../src/limiter/decision.ts'
import type { LimitOptions, Notation } from '../../src/limiter/limit-options.ts'
import type { Endpoint, Group } from '../../src/limiter/resolve.ts'
import { createRule, type Rule } from '../../src/limiter/rule.ts'

/** What the limits of these tests count: somebody who does something. */
export interface Call {
  readonly client: string
}

export type TestRule = Rule<Call, unknown>
export type TestEndpoint = Endpoint<Call, unknown>

export const byClient = ({ client }: Call): string => client

/** A rule as a limiter makes it. */
export function rule(
  notation: Notation<Call>,
  options: LimitOptions<Call, unknown> & { readonly shared?: boolean } = {},
  source: LimitSource = 'route',
): TestRule {
  return createRule(
    source,
    notation,
    options,
    { key: byClient, strategy: 'fixed-window', malformedLimits: 'raise' },
    'here',
  )
}

export function endpoint(given: Partial<TestEndpoint> = {}): TestEndpoint {
  return { name: 'GET /a', rules: [], exemption: undefined, groups: [], ...given }
}

export function group(rules: readonly TestRule[], exemption?: Group<Call, unknown>['exemption']): Group<Call, unknown> {
  return { rules, exemption }
}
