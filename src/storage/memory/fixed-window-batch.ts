import type { EpochMs } from '../../clock.ts'
import type { BatchResult, Entry } from '../storage.ts'
import type { Eviction } from './eviction.ts'
import type { Table } from './table.ts'

/** Whether {@link decideFixedWindow} can decide these entries: what most batches are. */
export function isFixedWindowBatch(entries: readonly Entry[]): boolean {
  return entries.length === 1 && entries[0]!.strategy === 'fixed-window' && entries[0]!.role === 'limit'
}

/** The kernel and fixed-window in one, for a batch of one ordinary limit. Makes nothing but the answer. */
export function decideFixedWindow(table: Table, eviction: Eviction, entry: Entry, now: EpochMs): BatchResult {
  const { key, limit, cost } = entry
  const latest = now + limit.windowMs
  let shard = table.shardOf(key)
  let slot = shard.find(key)
  let count = 0
  let end = now
  if (slot !== undefined) {
    eviction.use(shard, slot)
    // As `rewind`: an end further away than a window was set before the clock went backwards.
    const kept = Math.min(shard.numberAt(slot, 1), latest)
    if (now < kept) {
      count = shard.numberAt(slot, 0)
      end = kept
    }
  }
  const remaining = limit.amount - count
  const allowed = cost <= remaining
  if (cost === 0 || !allowed) {
    return answer(allowed, now, remaining, end, allowed ? now : cost > limit.amount ? undefined : end)
  }

  if (count === 0) end = latest
  if (slot === undefined) {
    eviction.makeRoom(1, now)
    shard = table.add(key)
    slot = shard.size - 1
    eviction.use(shard, slot)
  }
  shard.setState(slot, count + cost, end)
  shard.setLife(slot, end, cost === remaining ? end : 0)
  return answer(true, now, remaining - cost, end, now)
}

function answer(
  allowed: boolean,
  now: EpochMs,
  remaining: number,
  resetAt: EpochMs,
  retryAt: EpochMs | undefined,
): BatchResult {
  return { allowed, now, verdicts: [{ allowed, remaining, resetAt, retryAt }] }
}
