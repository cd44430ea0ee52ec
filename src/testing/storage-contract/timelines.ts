import type { StrategyName } from '../../strategy/strategy.ts'
import { equal, plain } from './subject.ts'
import type { Check } from './subject.ts'

/** At so many ms, a cost: whether it passes, what is left then, when that grows, and when the cost passes. */
type Row = readonly [
  at: number,
  cost: number,
  allowed: boolean,
  remaining: number,
  resetAt: number,
  retryAt: number | 'never',
]

const ok = true
const no = false

const ROWS: readonly (readonly [StrategyName, string, readonly Row[]])[] = [
  [
    'fixed-window',
    '3/second',
    [
      [0, 1, ok, 2, 1000, 0],
      [400, 2, ok, 0, 1000, 400],
      [999, 1, no, 0, 1000, 1000],
      [1000, 2, ok, 1, 2000, 1000],
      [1500, 2, no, 1, 2000, 2000],
      [1500, 4, no, 1, 2000, 'never'],
      [2000, 0, ok, 3, 2000, 2000],
    ],
  ],
  [
    'fixed-window-elastic-expiry',
    '3/second',
    [
      [0, 1, ok, 2, 1000, 0],
      [400, 2, ok, 0, 1400, 400],
      [1399, 1, no, 0, 2399, 2399],
      [2398, 4, no, 0, 3398, 'never'],
      [3397, 0, ok, 0, 3398, 3397],
      [3398, 1, ok, 2, 4398, 3398],
    ],
  ],
  [
    'moving-window',
    '3/second',
    [
      [0, 1, ok, 2, 1000, 0],
      [400, 1, ok, 1, 1000, 400],
      [400, 1, ok, 0, 1000, 400],
      [999, 1, no, 0, 1000, 1000],
      [999, 2, no, 0, 1000, 1400],
      [1000, 1, ok, 0, 1400, 1000],
      [1399, 3, no, 0, 1400, 2000],
      [1400, 4, no, 2, 2000, 'never'],
      [1400, 2, ok, 0, 2000, 1400],
      [2400, 0, ok, 3, 2400, 2400],
    ],
  ],
  [
    'sliding-window-counter',
    '4/second',
    [
      [0, 4, ok, 0, 1001, 0],
      [1000, 1, no, 0, 1001, 1001],
      [1001, 1, ok, 0, 1251, 1001],
      [1250, 2, no, 0, 1251, 1501],
      [1251, 1, ok, 0, 1501, 1251],
      [1501, 5, no, 1, 1751, 'never'],
      [2000, 0, ok, 2, 2001, 2000],
      [2001, 0, ok, 3, 2501, 2001],
      [2500, 4, no, 3, 2501, 2501],
      [2501, 0, ok, 4, 2501, 2501],
      [3001, 1, ok, 3, 4002, 3001],
    ],
  ],
  [
    'token-bucket',
    '4/second',
    [
      [0, 4, ok, 0, 250, 0],
      [249, 1, no, 0, 250, 250],
      [250, 1, ok, 0, 500, 250],
      [600, 1, ok, 0, 750, 600],
      [600, 2, no, 0, 750, 1000],
      [1499, 0, ok, 3, 1500, 1499],
      [1500, 5, no, 4, 1500, 'never'],
      [1501, 1, ok, 3, 1751, 1501],
    ],
  ],
]

/** What each strategy means, on a line of time. */
export const TIMELINES: readonly Check[] = ROWS.map(([strategy, notation, rows]) => ({
  name: `${strategy} keeps to its timeline`,
  async check(on) {
    for (const [at, cost, allowed, remaining, resetAt, retryAt] of rows) {
      const result = await on.evaluate(at, [on.entry(strategy, notation, { strategy, cost })])
      const verdict = { allowed, remaining, resetAt, retryAt, ifCharged: undefined }
      equal(plain(result), { allowed, now: at, verdicts: [verdict] }, `cost ${cost} at ${at} ms`)
    }
  },
}))
