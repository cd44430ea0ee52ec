import { systemClock } from '../clock.ts'
import type { Clock } from '../clock.ts'
import { decide } from '../storage/kernel.ts'
import type { Storage } from '../storage/storage.ts'
import type { State } from '../strategy/strategy.ts'

/** The kernel on a `Map`, and nothing else: what every storage has to mean. Never forgets, so only for tests. */
export function referenceStorage(clock: Clock = systemClock): Storage {
  const states = new Map<string, State>()
  return {
    name: 'reference',
    atomicity: 'batch',
    evaluate(entries, options) {
      const before = entries.map(({ key }) => states.get(key))
      const { result, writes } = decide(entries, before, options?.now ?? clock.now(), options)
      writes.forEach((write, i) => {
        if (write !== undefined) states.set(entries[i]!.key, write.state)
      })
      return result
    },
    forget(keys) {
      for (const key of keys) states.delete(key)
    },
    reset(prefix) {
      const keys = [...states.keys()].filter((key) => key.startsWith(prefix))
      for (const key of keys) states.delete(key)
      return keys.length
    },
    ping() {},
    close() {},
  }
}
