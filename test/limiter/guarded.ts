import { parseLimit } from '../../src/limit/parse-limits.ts'
import { Guard } from '../../src/limiter/guard.ts'
import type { BatchResult, Entry } from '../../src/storage/storage.ts'
import type { MoodyStorage } from '../../src/testing/adapter-contract/storages.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'

export const ENTRIES: readonly Entry[] = [
  { key: 'k', limit: parseLimit('9/day'), strategy: 'fixed-window', cost: 1, role: 'limit' },
]

/** A guard with a clock of its own. */
export interface Guarded {
  readonly guard: Guard
  readonly clock: ManualClock
  /** What it has reported. */
  readonly said: string[]
  /** Asks the storage, and answers what came of it. */
  ask(): Promise<string>
}

/** Puts a guard around a storage. */
export function build(storage: MoodyStorage, threshold = 1, timeoutMs = 250): Guarded {
  const clock = new ManualClock()
  const said: string[] = []
  const guard = new Guard(storage, timeoutMs, threshold, clock, {
    failed: (error) => void said.push(`failed ${error.code}`),
    lost: (error) => void said.push(`lost ${error.code}`),
    found: () => void said.push('found'),
  })
  const ask = async (): Promise<string> => {
    try {
      const result: BatchResult = await guard.evaluate(ENTRIES, { now: clock.now() })
      return `${result.verdicts[0]!.remaining} left`
    } catch (error) {
      return (error as Error).message
    }
  }
  return { clock, said, guard, ask }
}
