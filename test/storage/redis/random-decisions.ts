import { parseLimit } from '../../../src/limit/parse-limits.ts'
import type { Entry, EvaluateOptions, Role } from '../../../src/storage/storage.ts'
import { STRATEGY_NAMES } from '../../../src/strategy/strategies.ts'
import type { StrategyName } from '../../../src/strategy/strategy.ts'
import type { Random } from '../../../src/testing/storage-contract/random-integers.ts'

const NOTATIONS = ['1/second', '5/second', '12 per 2 seconds', '300 per 3 seconds', '7 per minute', '0/second']
const HUGE: Readonly<Record<StrategyName, string>> = {
  'fixed-window': `${Number.MAX_SAFE_INTEGER} per 2 seconds`,
  'fixed-window-elastic-expiry': `${Number.MAX_SAFE_INTEGER} per 2 seconds`,
  'moving-window': `${Number.MAX_SAFE_INTEGER} per 2 seconds`,
  'sliding-window-counter': `${Math.floor(Number.MAX_SAFE_INTEGER / 2000)} per 2 seconds`,
  'token-bucket': `${Math.floor(Number.MAX_SAFE_INTEGER / 2000)} per 2 seconds`,
}

/** One decision to be made. */
export interface RandomDecision {
  readonly entries: readonly Entry[]
  readonly options: EvaluateOptions & { readonly now: number }
}

/** Decisions on few keys, so that they meet; time mostly goes on, and now and then it jumps: also back, unless it `onlyGoesOn`. */
export function* randomDecisions(
  random: Random,
  start: number,
  spellKey: (name: string) => string,
  onlyGoesOn = false,
): Generator<RandomDecision> {
  let now = start
  for (;;) {
    const step = stepOfTime(random)
    now += onlyGoesOn ? Math.abs(step) : step
    yield { entries: randomEntries(random, spellKey), options: { now, firstRefusalOnly: random(2) === 0 } }
  }
}

/** The same decision with ordinary limits of fixed windows alone. They meet those of others on the keys that are fixed windows anyway. */
export function asFixedWindows({ entries, options }: RandomDecision): RandomDecision {
  const plain = entries.map(({ key, limit, strategy, cost }): Entry => {
    return { key: key.replace(strategy, 'fixed-window'), limit, strategy: 'fixed-window', cost, role: 'limit' }
  })
  return { entries: plain, options }
}

function stepOfTime(random: Random): number {
  const kind = random(1000)
  if (kind < 600) return random(3)
  if (kind < 960) return random(200)
  if (kind < 990) return random(5000)
  if (kind < 997) return -random(1500)
  return random(2) === 0 ? random(10_000_000) : -random(5_000)
}

function randomEntries(random: Random, spellKey: (name: string) => string): readonly Entry[] {
  const settling = random(8) === 0
  const names = new Set(Array.from({ length: random(20) === 0 ? 0 : 1 + random(4) }, () => random(60)))
  const entries = [...names].map((number): Entry => {
    const strategy = STRATEGY_NAMES[number % STRATEGY_NAMES.length]!
    const isHuge = number % 12 === 11
    const limit = parseLimit(isHuge ? HUGE[strategy] : NOTATIONS[number % NOTATIONS.length]!)
    const role: Role = settling ? 'settle' : (['limit', 'limit', 'limit', 'peek', 'meta'] as const)[random(5)]!
    return {
      key: spellKey(`${strategy} ${number}`),
      limit,
      strategy,
      role,
      cost: randomCost(random, limit.amount, isHuge),
    }
  })
  const watchable = entries.flatMap(({ role }, i) => (role === 'limit' || role === 'peek' ? [i] : []))
  return entries.map((entry) =>
    entry.role === 'meta' ? { ...entry, watches: watchable.filter(() => random(3) > 0), gates: random(3) > 0 } : entry,
  )
}

function randomCost(random: Random, amount: number, isHuge: boolean): number {
  if (isHuge)
    return random(3) === 0
      ? random(3)
      : Math.min(Number.MAX_SAFE_INTEGER, Math.floor((amount / 1000) * random(1100)) + random(3))
  return random(10) === 0 ? random(14) : random(4)
}
