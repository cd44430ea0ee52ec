import { NotationError } from '../src/errors.ts'
import { parseLimit } from '../src/limit/parse-limits.ts'
import type { RateLimit } from '../src/limit/rate-limit.ts'
import { keyBase, keyOf } from '../src/limiter/keys.ts'
import { compareKeys } from './compare-keys.ts'
import type { KeyCase } from './format.ts'
import { type CaseResult, describeError, type Difference } from './outcome.ts'

/** Compares which keys are equal: two of ours exactly where the recorded two are. */
export function playKeys(cases: readonly KeyCase[]): CaseResult[] {
  const played = cases.map((each) => {
    const collides = cases.some((other) => other.key === each.key && partsOf(other) !== partsOf(each))
    return { each, tags: collides ? ['key-delimiter-collision'] : [], ...ourKey(each) }
  })
  const differences = compareKeys(
    played.map(({ each, key, tags }) => ({ tags, keys: key === undefined ? [] : [{ recorded: each.key, ours: key }] })),
  )
  return played.map(({ each, tags, problems }, index) => ({
    id: `key ${each.key}`,
    outcomes: [{ label: partsOf(each), tags, differences: [...problems, ...differences[index]!] }],
  }))
}

function ourKey(each: KeyCase): { key: string | undefined; problems: Difference[] } {
  try {
    return { key: spell(each, parseLimit(each.limit)), problems: [] }
  } catch (error) {
    const isZero = error instanceof NotationError && /(?:\/|per)\s*0+\s/i.test(each.limit)
    const problem: Difference = { path: 'limit', expected: 'no error', got: describeError(error) }
    return { key: undefined, problems: [isZero ? { ...problem, tag: 'parse-zero-multiple-is-one' } : problem] }
  }
}

/** The identifiers stand for what a limiter makes keys of: the client, where it is counted, and the method. */
function spell({ namespace, identifiers }: KeyCase, limit: RateLimit): string {
  const [client = '', endpoint = '', method] = identifiers.map(String)
  return keyOf(
    keyBase(namespace ?? 'LIMITER', { kind: 'endpoint', endpoint, scope: '' }, method, limit, 'fixed-window'),
    client,
  )
}

function partsOf({ limit, namespace, identifiers }: KeyCase): string {
  return JSON.stringify([namespace ?? 'LIMITER', ...identifiers, limit])
}
