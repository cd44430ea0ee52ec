import { referenceStorage } from '../reference-storage.ts'
import type { Entry, Role } from '../../storage/storage.ts'
import { STRATEGY_NAMES } from '../../strategy/strategies.ts'
import { type Random, randomIntegers } from './random-integers.ts'
import { equal, plain, T } from './subject.ts'
import type { Check, Subject } from './subject.ts'

const BATCHES = 600

/** The contract as a whole: random batches, decided as the kernel decides them. */
export const RANDOM_BATCHES: readonly Check[] = [1, 2, 3].map((seed) => ({
  name: `random batches are decided as the kernel decides them (seed ${seed})`,
  async check(on) {
    const random = randomIntegers(seed)
    const reference = referenceStorage()
    let now = T
    for (let i = 0; i < BATCHES; i++) {
      now += random(4) === 0 ? random(2500) : random(200)
      const options = { now, firstRefusalOnly: random(2) === 0 }
      const entries = randomBatch(on, random)
      const expected = await reference.evaluate(entries, options)
      equal(
        plain(await on.storage.evaluate(entries, options)),
        plain(expected),
        `batch ${i}: ${JSON.stringify({ entries, options })}`,
      )
    }
  },
}))

function randomBatch(on: Subject, random: Random): readonly Entry[] {
  const settling = random(8) === 0
  const names = new Set(Array.from({ length: 1 + random(4) }, () => random(STRATEGY_NAMES.length * 4)))
  const entries = [...names].map((number): Entry => {
    const strategy = STRATEGY_NAMES[number % STRATEGY_NAMES.length]!
    const notation = number < STRATEGY_NAMES.length * 2 ? '5/second' : '12 per 2 seconds'
    const role: Role = settling ? 'settle' : (['limit', 'limit', 'peek', 'meta'] as const)[random(4)]!
    return on.entry(`random ${number}`, notation, { strategy, role, cost: random(10) === 0 ? random(14) : random(4) })
  })
  const watchable = entries.flatMap(({ role }, i) => (role === 'limit' || role === 'peek' ? [i] : []))
  return entries.map((entry) =>
    entry.role === 'meta' ? { ...entry, watches: watchable.filter(() => random(3) > 0), gates: random(3) > 0 } : entry,
  )
}
