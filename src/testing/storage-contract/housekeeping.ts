import { equal } from './subject.ts'
import type { Check } from './subject.ts'

/** What a storage does besides deciding, and what it must bear. */
export const HOUSEKEEPING: readonly Check[] = [
  {
    name: 'forget removes the state of these keys, and bears unknown ones',
    async check(on) {
      const [a, b] = [on.entry('a', '5/minute'), on.entry('b', '5/minute', { strategy: 'moving-window' })]
      await on.evaluate(0, [a, b])
      await on.storage.forget([b.key, `${on.prefix}unknown`])
      equal(await on.left(0, a, b), [4, 5], 'remaining')
      await on.storage.forget([])
    },
  },
  {
    name: 'reset removes every key that begins with the prefix, says how many, and takes no character for a wildcard',
    async check(on) {
      const names = ['x*/1', 'x*/2', 'xy/1', '[x]/1', 'x?/1', 'x\\/1', '%/1', '_/1']
      const entries = names.map((name) => on.entry(name, '5/minute'))
      for (const entry of entries) await on.evaluate(0, [entry])
      for (const [prefix, gone] of [
        ['x*', 2],
        ['[x]', 1],
        ['x?', 1],
        ['x\\', 1],
        ['%', 1],
        ['_', 1],
        ['none', 0],
      ] as const) {
        equal(await on.storage.reset(on.prefix + prefix), gone, `keys that begin with ${prefix}`)
      }
      equal(
        await on.left(0, ...entries),
        names.map((name) => (name === 'xy/1' ? 4 : 5)),
        'remaining',
      )
    },
  },
  {
    name: 'ping answers',
    async check(on) {
      await on.storage.ping()
    },
  },
  {
    name: 'decisions made at once add up exactly',
    async check(on) {
      const [a, b] = [on.entry('a', '10/minute'), on.entry('b', '20/minute', { strategy: 'moving-window' })]
      const results = await Promise.all(Array.from({ length: 50 }, () => on.evaluate(0, [a, b])))
      equal(results.filter(({ allowed }) => allowed).length, 10, 'allowed')
      equal(await on.left(0, a, b), [0, 10], 'remaining')
    },
  },
  {
    name: 'the largest numbers are counted exactly',
    async check(on) {
      const most = Number.MAX_SAFE_INTEGER
      for (const strategy of ['fixed-window', 'moving-window'] as const) {
        const entry = on.entry(strategy, `${most}/second`, { strategy, cost: most - 1 })
        equal((await on.evaluate(0, [entry])).verdicts[0]!.remaining, 1, strategy)
        equal((await on.evaluate(1, [{ ...entry, cost: 2 }])).allowed, false, `${strategy}, cost 2`)
        equal((await on.evaluate(1, [{ ...entry, cost: 1 }])).verdicts[0]!.remaining, 0, `${strategy}, cost 1`)
      }
      const amount = Math.floor(most / 1000)
      for (const strategy of ['sliding-window-counter', 'token-bucket'] as const) {
        const entry = on.entry(strategy, `${amount}/second`, { strategy, cost: amount - 1 })
        equal((await on.evaluate(0, [entry])).verdicts[0]!.remaining, 1, strategy)
        equal((await on.evaluate(0, [{ ...entry, cost: 2 }])).allowed, false, `${strategy}, cost 2`)
        equal((await on.evaluate(0, [{ ...entry, cost: 1 }])).verdicts[0]!.remaining, 0, `${strategy}, cost 1`)
      }
    },
  },
]
