import type { EpochMs } from '../../clock.ts'
import type { BatchResult, Entry, Verdict } from '../storage.ts'
import type { Eviction } from './eviction.ts'
import { endWithin } from './in-place.ts'
import type { Place, Table } from './table.ts'

/** Whether {@link decideFixedWindows} can decide these entries: what most batches are. */
export function isFixedWindowBatch(entries: readonly Entry[]): boolean {
  for (const { strategy, role } of entries) if (strategy !== 'fixed-window' || role !== 'limit') return false
  return true
}

/** The kernel and fixed-window in one, for ordinary limits. Makes no states and no transitions, which take most of the time. */
export function decideFixedWindows(
  table: Table,
  eviction: Eviction,
  entries: readonly Entry[],
  now: EpochMs,
): BatchResult {
  // Most batches are one entry, and need no lists.
  if (entries.length === 1) return decideOne(table, eviction, entries[0]!, now)
  const places = entries.map(({ key }) => table.find(key))
  if (entries.every((entry, i) => isOpen(entry, places[i]!, now))) {
    const allowed = entries.every((entry, i) => fitsOpen(entry, places[i]!))
    return { allowed, now, verdicts: entries.map((entry, i) => decideOpen(eviction, entry, places[i]!, allowed, now)) }
  }
  const windows = entries.map((entry, i) => windowOf(eviction, entry, places[i]!, now))
  const allowed = entries.every((entry, i) => fits(entry, windows[i]!))
  if (allowed) {
    const newKeys = windows.filter(({ slot }, i) => slot === undefined && entries[i]!.cost > 0).length
    // Before the first write, so that a batch for which there is no room leaves nothing behind.
    if (newKeys > 0) eviction.makeRoom(newKeys, now)
    // Making room and adding keys moves cells: where they were found no longer holds.
    for (let i = 0; i < entries.length; i++) charge(table, eviction, entries[i]!, windows[i]!, now, newKeys > 0)
  }
  return { allowed, now, verdicts: entries.map((entry, i) => verdict(entry, windows[i]!, allowed, now)) }
}

function decideOne(table: Table, eviction: Eviction, entry: Entry, now: EpochMs): BatchResult {
  const place = table.find(entry.key)
  if (isOpen(entry, place, now)) {
    const allowed = fitsOpen(entry, place)
    return { allowed, now, verdicts: [decideOpen(eviction, entry, place, allowed, now)] }
  }
  const window = windowOf(eviction, entry, place, now)
  const allowed = fits(entry, window)
  if (allowed) {
    const isNew = window.slot === undefined && entry.cost > 0
    if (isNew) eviction.makeRoom(1, now)
    charge(table, eviction, entry, window, now, isNew)
  }
  return { allowed, now, verdicts: [verdict(entry, window, allowed, now)] }
}

/** Whether the window of an entry is open and not from the future, as most are. */
function isOpen({ limit }: Entry, { shard, slot }: Place, now: EpochMs): boolean {
  if (slot === undefined) return false
  const end = shard.numberAt(slot, 1)
  return now < end && end <= now + limit.windowMs
}

function fitsOpen({ limit, cost }: Entry, { shard, slot }: Place): boolean {
  return cost <= limit.amount - shard.numberAt(slot!, 0)
}

/** Charges an open window if the whole batch is allowed, and tells what is left in it. */
function decideOpen(eviction: Eviction, { limit, cost }: Entry, place: Place, charged: boolean, now: EpochMs): Verdict {
  const { shard } = place
  const slot = place.slot!
  eviction.use(shard, slot)
  const resetAt = shard.numberAt(slot, 1)
  const before = limit.amount - shard.numberAt(slot, 0)
  const allowed = cost <= before
  const remaining = charged ? before - cost : before
  if (charged && cost > 0) shard.setCount(slot, limit.amount - remaining, remaining === 0 ? resetAt : 0)
  const retryAt = allowed ? now : cost > limit.amount ? undefined : resetAt
  return { allowed, remaining, resetAt, retryAt }
}

/** What an entry finds in its cell; without one, or after its end, an empty window. */
interface Window extends Place {
  readonly count: number
  readonly end: EpochMs
}

function windowOf(eviction: Eviction, { limit }: Entry, { shard, slot }: Place, now: EpochMs): Window {
  if (slot === undefined) return { shard, slot, count: 0, end: now }
  eviction.use(shard, slot)
  let end = shard.numberAt(slot, 1)
  if (end > now + limit.windowMs) {
    // As `rewind`: it was set before the clock went backwards.
    end = now + limit.windowMs
    shard.setState(slot, shard.numberAt(slot, 0), end)
    endWithin(shard, slot, limit, now)
  }
  return now < end ? { shard, slot, count: shard.numberAt(slot, 0), end } : { shard, slot, count: 0, end: now }
}

function fits({ limit, cost }: Entry, { count }: Window): boolean {
  return cost <= limit.amount - count
}

function charge(table: Table, eviction: Eviction, entry: Entry, window: Window, now: EpochMs, isMoved: boolean): void {
  const { key, limit, cost } = entry
  if (cost === 0) return
  let { shard, slot } = window
  if (isMoved || slot === undefined) ({ shard, slot } = table.findOrAdd(key))
  eviction.use(shard, slot)
  const count = window.count + cost
  const end = endAfter(window, limit.windowMs, now)
  shard.setState(slot, count, end)
  shard.setLife(slot, end, count === limit.amount ? end : 0)
}

/** A window opens with its first charge. */
function endAfter({ count, end }: Window, windowMs: number, now: EpochMs): EpochMs {
  return count === 0 ? now + windowMs : end
}

function verdict(entry: Entry, window: Window, charged: boolean, now: EpochMs): Verdict {
  const { limit, cost } = entry
  const { count, end } = window
  const remaining = limit.amount - count
  if (cost > remaining)
    return { allowed: false, remaining, resetAt: end, retryAt: cost > limit.amount ? undefined : end }
  if (!charged || cost === 0) return { allowed: true, remaining, resetAt: end, retryAt: now }
  return { allowed: true, remaining: remaining - cost, resetAt: endAfter(window, limit.windowMs, now), retryAt: now }
}
