import type { EpochMs } from '../../clock.ts'
import { strategyOf } from '../../strategy/strategies.ts'
import type { Transition } from '../../strategy/strategy.ts'
import { stepAs } from '../kernel.ts'
import type { Write } from '../kernel.ts'
import type { Entry } from '../storage.ts'
import type { Shard } from './shard.ts'
import { WindowLog } from './window-log.ts'

const NOTHING = new WindowLog()

/** Steps an entry against its cell (undefined: it has none) as the kernel does, without a copy of a moving window. Changes nothing. */
export function stepCell(shard: Shard, slot: number | undefined, entry: Entry, now: EpochMs): Transition {
  const { limit, cost, role } = entry
  if (entry.strategy === 'moving-window') {
    const log = (slot !== undefined && shard.logAt(slot)) || NOTHING
    return stepAs(role, cost, (charge) => log.step(limit, charge, now))
  }
  const strategy = strategyOf(entry.strategy)
  const state = slot === undefined ? undefined : strategy.rewind(shard.stateAt(slot), limit, now)
  return stepAs(role, cost, (charge) => strategy.step(state, limit, charge, now))
}

/** Carries out what the kernel says is to be written to a cell. */
export function writeCell(
  shard: Shard,
  slot: number,
  entry: Entry,
  transition: Transition,
  write: Write,
  now: EpochMs,
): void {
  if (entry.strategy === 'moving-window') {
    const log = shard.logAt(slot) ?? shard.addLog(slot)
    log.charge(entry.limit, transition.now.remaining - transition.after.remaining, now)
  } else {
    const [first, second, third] = write.state
    shard.setState(slot, first!, second!, third)
  }
  const { remaining, resetAt } = transition.after
  shard.setLife(slot, write.expiresAt, remaining === 0 ? resetAt : 0)
}
