import type { EpochMs } from '../../clock.ts'
import type { RateLimit } from '../../limit/rate-limit.ts'
import { strategyOf } from '../../strategy/strategies.ts'
import type { Transition } from '../../strategy/strategy.ts'
import { stepAs } from '../kernel.ts'
import type { Write } from '../kernel.ts'
import type { Entry } from '../storage.ts'
import type { Shard } from './shard.ts'
import { WindowLog } from './window-log.ts'

const NOTHING = new WindowLog()

/**
 * Steps an entry against its cell (undefined: it has none) as the kernel does, without a copy of a moving window. Changes nothing
 * but what is from the future.
 */
export function stepCell(shard: Shard, slot: number | undefined, entry: Entry, now: EpochMs): Transition {
  const { limit, cost, role } = entry
  if (entry.strategy === 'moving-window') {
    const log = (slot !== undefined && shard.logAt(slot)) || NOTHING
    if (slot !== undefined && log.rewind(limit, now)) endWithin(shard, slot, limit, now)
    return stepAs(role, cost, (charge) => log.step(limit, charge, now))
  }
  const strategy = strategyOf(entry.strategy)
  const stored = slot === undefined ? undefined : shard.stateAt(slot)
  const state = stored && strategy.rewind(stored, limit, now)
  if (state !== undefined && state !== stored) {
    shard.setState(slot!, state[0]!, state[1]!, state[2])
    endWithin(shard, slot!, limit, now)
  }
  return stepAs(role, cost, (charge) => strategy.step(state, limit, charge, now))
}

/** After a state was pulled back: its cell lives and refuses no longer than such a state can. */
export function endWithin(shard: Shard, slot: number, { windowMs }: RateLimit, now: EpochMs): void {
  const latest = now + 2 * windowMs
  shard.setLife(slot, Math.min(shard.expiresAt(slot), latest), Math.min(shard.blockedUntil(slot), latest))
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
    const { state } = write
    shard.setState(slot, state[0]!, state[1]!, state[2])
  }
  const { remaining, resetAt } = transition.after
  shard.setLife(slot, write.expiresAt, remaining === 0 ? resetAt : 0)
}
