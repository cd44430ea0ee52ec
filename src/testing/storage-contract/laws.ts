import { STRATEGY_NAMES } from '../../strategy/strategies.ts'
import type { StrategyName } from '../../strategy/strategy.ts'
import { equal, plain, T } from './subject.ts'
import type { Check } from './subject.ts'

/** The numbered laws of `Storage.evaluate`. */
export const LAWS: readonly Check[] = [
  {
    name: 'law 1: the caller’s instant decides every entry',
    async check(on) {
      const { now, verdicts } = await on.evaluate(250, [on.entry('a', '2/second'), on.entry('b', '2/minute')])
      equal(now - T, 250, 'now')
      equal(
        verdicts.map(({ resetAt }) => resetAt - T),
        [1250, 60_250],
        'resetAt',
      )
    },
  },
  {
    name: 'law 1: without an instant the storage’s own clock decides',
    async check(on) {
      const entry = on.entry('a', '5/hour')
      const first = await on.storage.evaluate([entry])
      const second = await on.storage.evaluate([entry])
      equal(Number.isSafeInteger(first.now) && first.now > 0, true, 'now is a whole number of ms')
      equal(second.now >= first.now, true, 'now does not go back')
      equal(first.verdicts[0]!.resetAt, first.now + 3_600_000, 'resetAt of the first')
      equal(second.verdicts[0]!.remaining, 3, 'remaining of the second')
    },
  },
  {
    name: 'law 1: a state from the future is pulled back, and stays so also where it refuses',
    async check(on) {
      const passesAt: Record<StrategyName, number> = {
        'fixed-window': 1000,
        'fixed-window-elastic-expiry': 1000,
        'moving-window': 1000,
        'sliding-window-counter': 1001,
        'token-bucket': 500,
      }
      for (const strategy of STRATEGY_NAMES) {
        const entry = on.entry(strategy, '2/second', { strategy })
        await on.evaluate(5000, [{ ...entry, cost: 2 }])
        const { allowed, verdicts } = await on.evaluate(0, [entry])
        const { remaining, resetAt, retryAt } = verdicts[0]!
        const expected = [false, 0, T + passesAt[strategy], T + passesAt[strategy]]
        equal([allowed, remaining, resetAt, retryAt], expected, strategy)
        equal((await on.evaluate(passesAt[strategy], [entry])).allowed, true, `${strategy}: what was promised`)
      }
    },
  },
  {
    name: 'law 2: every entry is stepped against the state before the batch',
    async check(on) {
      const [a, b] = [on.entry('a', '1/minute'), on.entry('b', '5/minute', { cost: 3 })]
      equal(
        plain(await on.evaluate(0, [a, b])),
        {
          allowed: true,
          now: 0,
          verdicts: [
            { allowed: true, remaining: 0, resetAt: 60_000, retryAt: 0, ifCharged: undefined },
            { allowed: true, remaining: 2, resetAt: 60_000, retryAt: 0, ifCharged: undefined },
          ],
        },
        'first batch',
      )
      const { allowed, verdicts } = await on.evaluate(1, [b, a])
      equal([allowed, verdicts.map((verdict) => verdict.allowed)], [false, [false, false]], 'second batch')
    },
  },
  {
    name: 'law 3: where a gating meta entry refuses, nothing at all is written',
    async check(on) {
      const limit = on.entry('limit', '5/minute')
      const elastic = on.entry('elastic', '1/minute', { strategy: 'fixed-window-elastic-expiry' })
      const banned = on.entry('banned', '1/minute', { role: 'meta', watches: [0, 1] })
      const other = on.entry('other', '3/minute', { role: 'meta', watches: [0, 1] })
      await on.exhaust(0, elastic)
      await on.exhaust(0, banned)
      const { allowed, verdicts } = await on.evaluate(10, [limit, elastic, banned, other])
      equal(allowed, false, 'allowed')
      equal(
        verdicts.map((verdict) => verdict.allowed),
        [true, false, false, true],
        'each for itself',
      )
      equal(await on.left(20, limit, banned, other), [5, 0, 3], 'remaining')
      equal(await on.look(20, elastic), { remaining: 0, resetAt: 60_000 }, 'the elastic window')
    },
  },
  {
    name: 'law 3: a meta entry that does not gate refuses nothing and goes on counting',
    async check(on) {
      const limit = on.entry('limit', '2/minute')
      const meta = on.entry('meta', '1/minute', { role: 'meta', watches: [0], gates: false })
      await on.exhaust(0, meta)
      const first = await on.evaluate(0, [limit, meta])
      equal([first.allowed, first.verdicts[1]!.allowed], [true, false], 'allowed')
      await on.exhaust(0, limit)
      const counting = on.entry('counting', '5/minute', { role: 'meta', watches: [0], gates: false })
      equal((await on.evaluate(0, [limit, counting])).allowed, false, 'refused')
      equal(await on.left(0, counting), [4], 'refusals counted')
    },
  },
  {
    name: 'law 4: a refused batch charges the meta entries that watch what refused, and nothing else',
    async check(on) {
      const [full, free] = [on.entry('full', '1/minute'), on.entry('free', '5/minute')]
      const watching = on.entry('watching', '5/minute', { role: 'meta', watches: [0, 1], cost: 2 })
      const elsewhere = on.entry('elsewhere', '5/minute', { role: 'meta', watches: [1] })
      const nowhere = on.entry('nowhere', '5/minute', { role: 'meta' })
      await on.exhaust(0, full)
      const { allowed, verdicts } = await on.evaluate(0, [full, free, watching, elsewhere, nowhere])
      equal(allowed, false, 'allowed')
      equal(
        verdicts.map(({ remaining }) => remaining),
        [0, 5, 3, 5, 5],
        'remaining as answered',
      )
      equal(await on.left(0, full, free, watching, elsewhere, nowhere), [0, 5, 3, 5, 5], 'remaining')
    },
  },
  {
    name: 'law 4: a peek that refuses counts for meta entries, and moves no elastic window',
    async check(on) {
      const peek = on.entry('peek', '1/minute', { role: 'peek', strategy: 'fixed-window-elastic-expiry' })
      const meta = on.entry('meta', '5/minute', { role: 'meta', watches: [0] })
      await on.exhaust(0, peek)
      equal((await on.evaluate(10, [peek, meta])).allowed, false, 'allowed')
      equal(await on.left(10, meta), [4], 'remaining')
      equal(await on.look(10, peek), { remaining: 0, resetAt: 60_000 }, 'the elastic window')
    },
  },
  {
    name: 'law 4: with firstRefusalOnly only the first refusing entry counts as one',
    async check(on) {
      const strategy = 'fixed-window-elastic-expiry'
      const [first, second] = [
        on.entry('first', '1/minute', { strategy }),
        on.entry('second', '1/minute', { strategy }),
      ]
      const metas = [0, 1].map((i) => on.entry(`meta ${i}`, '5/minute', { role: 'meta', watches: [i] }))
      await on.exhaust(0, first)
      await on.exhaust(0, second)
      const only = await on.evaluate(10, [first, second, ...metas], { firstRefusalOnly: true })
      equal(
        only.verdicts.map(({ remaining, resetAt }) => [remaining, resetAt - T]),
        [
          [0, 60_010],
          [0, 60_000],
          [4, 60_010],
          [5, 10],
        ],
        'with firstRefusalOnly',
      )
      const both = await on.evaluate(20, [first, second, ...metas])
      equal(
        both.verdicts.map(({ remaining, resetAt }) => [remaining, resetAt - T]),
        [
          [0, 60_020],
          [0, 60_020],
          [3, 60_010],
          [4, 60_020],
        ],
        'without it',
      )
    },
  },
  {
    name: 'law 5: an allowed batch charges its limit entries, and no peek or meta',
    async check(on) {
      const [limit, peek] = [
        on.entry('limit', '5/minute', { cost: 2 }),
        on.entry('peek', '5/minute', { role: 'peek', cost: 2 }),
      ]
      const meta = on.entry('meta', '5/minute', { role: 'meta', watches: [0, 1], cost: 2 })
      equal((await on.evaluate(0, [limit, peek, meta])).allowed, true, 'allowed')
      equal(await on.left(0, limit, peek, meta), [3, 5, 5], 'remaining')
    },
  },
  {
    name: 'law 6: a settle entry charges what is left at most, and answers allowed',
    async check(on) {
      const settle = STRATEGY_NAMES.map((strategy) =>
        on.entry(strategy, '5/minute', { strategy, role: 'settle', cost: 3 }),
      )
      for (const remaining of [2, 0, 0]) {
        const { allowed, verdicts } = await on.evaluate(0, settle)
        equal(
          [allowed, ...verdicts.map((verdict) => [verdict.allowed, verdict.remaining])],
          [true, ...settle.map(() => [true, remaining])],
          `settled down to ${remaining}`,
        )
      }
      equal(await on.left(0, ...settle), [0, 0, 0, 0, 0], 'remaining')
    },
  },
  {
    name: 'law 7: cost 0 is tested, passes and writes nothing',
    async check(on) {
      const entry = on.entry('a', '2/second', { cost: 0, strategy: 'fixed-window-elastic-expiry' })
      equal((await on.evaluate(0, [entry])).allowed, true, 'without state')
      equal(await on.storage.reset(`${on.prefix}a`), 0, 'keys')
      await on.exhaust(0, entry)
      equal((await on.evaluate(999, [entry])).allowed, true, 'where nothing is left')
      equal(await on.look(999, entry), { remaining: 0, resetAt: 1000 }, 'the elastic window')
    },
  },
  {
    name: 'law 8: verdicts tell what is left after the batch, and a peek also what would be',
    async check(on) {
      const limit = on.entry('limit', '3/minute')
      const peek = on.entry('peek', '3/minute', { role: 'peek', cost: 2 })
      equal(
        plain(await on.evaluate(0, [peek, limit])),
        {
          allowed: true,
          now: 0,
          verdicts: [
            { allowed: true, remaining: 3, resetAt: 0, retryAt: 0, ifCharged: { remaining: 1, resetAt: 60_000 } },
            { allowed: true, remaining: 2, resetAt: 60_000, retryAt: 0, ifCharged: undefined },
          ],
        },
        'allowed',
      )
      equal(
        plain(
          await on.evaluate(5, [
            { ...limit, cost: 3 },
            { ...peek, cost: 4 },
          ]),
        ),
        {
          allowed: false,
          now: 5,
          verdicts: [
            { allowed: false, remaining: 2, resetAt: 60_000, retryAt: 60_000, ifCharged: undefined },
            { allowed: false, remaining: 3, resetAt: 5, retryAt: 'never', ifCharged: { remaining: 3, resetAt: 5 } },
          ],
        },
        'refused',
      )
    },
  },
]
