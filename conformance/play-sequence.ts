import { parseLimit } from '../src/limit/parse-limits.ts'
import type { Entry, Storage, Verdict } from '../src/storage/storage.ts'
import { strategyOf } from '../src/strategy/strategies.ts'
import type { StrategyName } from '../src/strategy/strategy.ts'
import type { Operation, Sequence } from './format.ts'
import { type CaseResult, describeError, type Difference, difference, type Outcome } from './outcome.ts'
import { compareLimit } from './play-parse.ts'
import type { CaseStorages } from './case-storages.ts'
import { tagsOfParts } from './tags.ts'

/** How far a reset time recorded on Redis may be off: its clock and the program's were driven together. */
const REDIS_TOLERANCE_MS = 2

/** Plays a sequence of operations on one limit in one storage. */
export async function playSequence(sequence: Sequence, storages: CaseStorages): Promise<CaseResult> {
  const { id, limit: notation, strategy } = sequence
  try {
    strategyOf(strategy)
  } catch {
    return { id, outcomes: [], notBuilt: `strategy ${strategy}` }
  }
  const limit = parseLimit(notation)
  const storage = storages.open()
  const tags = tagsOfParts(sequence, sequence.ops)
  const outcomes: Outcome[] = [
    { label: notation, tags: [], differences: compareLimit('parsed', sequence.parsed, limit) },
  ]
  for (const [index, operation] of sequence.ops.entries()) {
    const label = `op ${index} ${operation.op}${operation.cost === undefined ? '' : ` ${operation.cost}`} at ${operation.at}`
    const now = Math.round((sequence.t0 + operation.at) * 1000)
    const key = JSON.stringify(operation.ids ?? ['user'])
    const differences = await operate(storage, operation, { key, limit, strategy: strategy as StrategyName }, now).then(
      (verdict) => compareOperation(operation, verdict, sequence),
      (error: unknown): Difference[] => [{ path: 'operation', expected: 'no error', got: describeError(error) }],
    )
    outcomes.push({ label, tags: tags[index]!, differences })
  }
  return { id, outcomes }
}

async function operate(
  storage: Storage,
  { op, cost }: Operation,
  what: Pick<Entry, 'key' | 'limit' | 'strategy'>,
  now: number,
): Promise<Verdict> {
  if (op === 'clear') await storage.forget([what.key])
  const isHit = op === 'hit'
  const isCounted = isHit || op === 'test'
  const entry: Entry = { ...what, cost: isCounted ? (cost ?? 1) : 0, role: isHit ? 'limit' : 'peek' }
  const { verdicts } = await storage.evaluate([entry], { now })
  return verdicts[0]!
}

function compareOperation(
  operation: Operation,
  verdict: Verdict,
  { storage, strategy, t0, resetTolerance }: Sequence,
): Difference[] {
  const expectedReset = Math.round((t0 + operation.resetAt) * 1000)
  const tolerance = storage === 'redis' ? Math.max(REDIS_TOLERANCE_MS, (resetTolerance ?? 0) * 1000) : 0
  // The reset time of sliding-window-counter follows other rules than ours.
  const isNear = strategy === 'sliding-window-counter' || Math.abs(verdict.resetAt - expectedReset) <= tolerance
  return [
    ...(operation.result === undefined ? [] : difference('result', operation.result, verdict.allowed)),
    ...difference('remaining', operation.remaining, verdict.remaining),
    ...(isNear ? [] : difference('resetAt', operation.resetAt, verdict.resetAt / 1000 - t0)),
  ]
}
