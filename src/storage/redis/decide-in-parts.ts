import type { EpochMs } from '../../clock.ts'
import type { Transition } from '../../strategy/strategy.ts'
import { rule } from '../kernel.ts'
import type { BatchResult, Entry, EvaluateOptions } from '../storage.ts'
import type { PartVerdict, Question, ScriptEntry } from './script-call.ts'

/** Asks the script one question. */
type Ask = (question: Question) => Promise<BatchResult>

/** Some entries of a decision whose keys share a slot, by their indices in it. */
interface Part {
  readonly slot: number
  readonly indices: readonly number[]
}

/** Stands for a state that a node has stored, or would store. */
const STORED: readonly number[] = []

/**
 * Decides a batch whose keys belong to several slots of a cluster, which no script can do as one. All parts are asked at once, and
 * each is charged if it is allowed. If another one is refused, or fails, its charges are given back; what a refusal writes (meta
 * limits, elastic windows) is written by a second call. The answer waits for neither: they go through `askLate`. Allowed is exact:
 * every limit had room and has been charged. A refusal is tentative: a concurrent decision that is about to be given back can have
 * caused it.
 */
export async function decideInParts(
  entries: readonly Entry[],
  options: EvaluateOptions | undefined,
  slotOf: (key: string) => number,
  ask: Ask,
  askLate: (question: Question) => void,
): Promise<BatchResult> {
  const parts = partsOf(entries, slotOf)
  const at = options?.now === undefined ? undefined : { now: options.now }
  const isSettlement = entries[0]!.role === 'settle'
  const outcomes = await Promise.allSettled(
    parts.map(({ slot, indices }) =>
      ask({ entries: indices.map((i) => unwatched(entries[i]!)), options: at, slot, isPart: !isSettlement }),
    ),
  )
  const answers = outcomes.flatMap((outcome, i) =>
    outcome.status === 'fulfilled' ? [{ part: parts[i]!, result: outcome.value }] : [],
  )
  const later = (slot: number, entry: ScriptEntry): void => askLate({ entries: [entry], options: at, slot })
  const failure = outcomes.find(({ status }) => status === 'rejected')
  if (failure !== undefined) {
    if (!isSettlement) giveBack(entries, answers, later)
    throw (failure as PromiseRejectedResult).reason
  }

  // The nodes' clocks differ a little: what they answered is taken as durations from the latest of them.
  const now = Math.max(...answers.map(({ result }) => result.now))
  if (isSettlement) return { allowed: true, now, verdicts: inOrder(answers, now) }
  const ruling = rule(entries, inOrder(answers, now).map(transitionOf), now, options)
  if (ruling.result.allowed) return ruling.result

  const isGivenBack = giveBack(entries, answers, later)
  ruling.writes.forEach((write, i) => {
    const entry = entries[i]!
    if (write === undefined) return
    later(slotOf(entry.key), { ...entry, role: entry.role === 'meta' ? 'limit' : 'extend' })
  })
  return { ...ruling.result, tentative: isGivenBack }

  function transitionOf(
    { allowed, remaining, resetAt, retryAt, ifCharged, expiresAt }: PartVerdict,
    i: number,
  ): Transition {
    const { cost, strategy } = entries[i]!
    const isExtending = !allowed && strategy === 'fixed-window-elastic-expiry' && ifCharged.resetAt !== resetAt
    return {
      allowed,
      next: allowed && cost > 0 ? STORED : undefined,
      onRefusal: isExtending ? STORED : undefined,
      expiresAt,
      now: { remaining, resetAt },
      after: ifCharged,
      retryAt,
    }
  }
}

function partsOf(entries: readonly Entry[], slotOf: (key: string) => number): readonly Part[] {
  const indices = new Map<number, number[]>()
  entries.forEach(({ key }, i) => {
    const slot = slotOf(key)
    const others = indices.get(slot)
    if (others === undefined) indices.set(slot, [i])
    else others.push(i)
  })
  return [...indices].map(([slot, own]) => ({ slot, indices: own }))
}

/** A meta limit is only tested at first: what it watches may be elsewhere. */
function unwatched(entry: Entry): Entry {
  return entry.role === 'meta' ? { ...entry, watches: [] } : entry
}

interface PartAnswer {
  readonly part: Part
  readonly result: BatchResult
}

/** The verdicts of all parts in the order of the entries, as if all had been given at one instant. */
function inOrder(answers: readonly PartAnswer[], now: EpochMs): readonly PartVerdict[] {
  const verdicts: PartVerdict[] = []
  for (const { part, result } of answers) {
    const shift = now - result.now
    part.indices.forEach((index, i) => {
      const { ifCharged, ...verdict } = result.verdicts[i] as PartVerdict
      verdicts[index] = {
        ...verdict,
        resetAt: verdict.resetAt + shift,
        retryAt: verdict.retryAt === undefined ? undefined : verdict.retryAt + shift,
        ifCharged: ifCharged && { remaining: ifCharged.remaining, resetAt: ifCharged.resetAt + shift },
      }
    })
  }
  return verdicts
}

/** Takes back what the parts that were allowed have charged; answers whether there was anything. */
function giveBack(
  entries: readonly Entry[],
  answers: readonly PartAnswer[],
  later: (slot: number, entry: ScriptEntry) => void,
): boolean {
  let isAny = false
  for (const { part, result } of answers) {
    if (!result.allowed) continue
    part.indices.forEach((index, i) => {
      const { role, cost, ...entry } = entries[index]!
      if (role !== 'limit' || cost === 0) return
      const { expiresAt, resetAt, ifCharged } = result.verdicts[i] as PartVerdict
      const charge = { at: result.now, expiresAt, resetBefore: resetAt, remainingAfter: ifCharged.remaining }
      later(part.slot, { ...entry, cost, role: 'undo', charge })
      isAny = true
    })
  }
  return isAny
}
