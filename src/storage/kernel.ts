import type { EpochMs } from '../clock.ts'
import { strategyOf } from '../strategy/strategies.ts'
import type { State, Transition } from '../strategy/strategy.ts'
import type { BatchResult, Entry, EvaluateOptions, Role, Verdict } from './storage.ts'

/** What a storage has to keep for one key. */
export interface Write {
  readonly state: State
  /** From this instant on, the state means the same as none. */
  readonly expiresAt: EpochMs
}

/** What becomes of a batch: the answer, and for each entry what is to be written, if anything. */
export interface Ruling {
  readonly result: BatchResult
  readonly writes: readonly (Write | undefined)[]
}

/**
 * Decides a batch against the states before it (undefined: none), at one instant: the laws of `Storage.evaluate`, which every
 * storage means exactly. Pure.
 */
export function decide(
  entries: readonly Entry[],
  states: readonly (State | undefined)[],
  now: EpochMs,
  options?: EvaluateOptions,
): Ruling {
  const rewound = entries.map(
    ({ strategy, limit }, i) => states[i] && strategyOf(strategy).rewind(states[i], limit, now),
  )
  const transitions = entries.map(({ strategy, limit, cost, role }, i) =>
    stepAs(role, cost, (charge) => strategyOf(strategy).step(rewound[i], limit, charge, now)),
  )
  const { result, writes } = rule(entries, transitions, now, options)
  return { result, writes: writes.map((write, i) => write ?? pulledBack(states[i], rewound[i], entries[i]!, now)) }
}

/**
 * A state that was pulled back is kept so, even where nothing is charged: who is refused again and again would otherwise meet it
 * anew each time, and wait until the clock is where it was instead of one window.
 */
function pulledBack(
  stored: State | undefined,
  state: State | undefined,
  { limit }: Entry,
  now: EpochMs,
): Write | undefined {
  return state === undefined || state === stored ? undefined : { state, expiresAt: now + 2 * limit.windowMs }
}

/** Steps one entry: a `settle` entry charges what is left where its cost does not fit any more (law 6). */
export function stepAs(role: Role, cost: number, step: (cost: number) => Transition): Transition {
  const transition = step(cost)
  return transition.allowed || role !== 'settle' ? transition : step(transition.now.remaining)
}

/** Rules on a batch whose entries have been stepped: laws 3, 4, 5, 7 and 8. For storages that step in a form of their own. */
export function rule(
  entries: readonly Entry[],
  transitions: readonly Transition[],
  now: EpochMs,
  options?: EvaluateOptions,
): Ruling {
  const refusing: number[] = []
  let gated = false
  entries.forEach(({ role, gates }, i) => {
    if (transitions[i]!.allowed) return
    if (role !== 'meta') refusing.push(i)
    else if (gates !== false) gated = true
  })
  if (options?.firstRefusalOnly) refusing.splice(1)
  const allowed = !gated && refusing.length === 0

  const writes = entries.map(({ role, watches }, i) => {
    const transition = transitions[i]!
    if (gated || role === 'peek') return undefined
    const charged =
      role === 'meta'
        ? transition.allowed && watches?.some((watched) => refusing.includes(watched))
        : allowed || refusing.includes(i)
    return charged ? write(transition) : undefined
  })
  const verdicts = entries.map(({ role }, i) => verdict(role, transitions[i]!, writes[i] !== undefined))
  return { result: { allowed, now, verdicts }, writes }
}

/** What {@link rule} comes to for one ordinary limit, without its lists: for the many batches that are just that. */
export function ruleAlone(
  transition: Transition,
  now: EpochMs,
): { readonly result: BatchResult; readonly written: Write | undefined } {
  const written = write(transition)
  const verdicts = [verdict('limit', transition, written !== undefined)]
  return { result: { allowed: transition.allowed, now, verdicts }, written }
}

/** A step that refuses has no `next`, one that allows no `onRefusal`, and one of cost 0 neither. */
function write({ next, onRefusal, expiresAt }: Transition): Write | undefined {
  const state = next ?? onRefusal
  return state && { state, expiresAt }
}

function verdict(role: Role, { allowed, retryAt, now, after }: Transition, written: boolean): Verdict {
  const { remaining, resetAt } = written ? after : now
  return role === 'peek'
    ? { allowed, remaining, resetAt, retryAt, ifCharged: after }
    : { allowed, remaining, resetAt, retryAt }
}
