import type { EpochMs } from '../../clock.ts'
import { StorageError } from '../../errors.ts'
import type { Quota, StrategyName } from '../../strategy/strategy.ts'
import type { BatchResult, Entry, EvaluateOptions, Verdict } from '../storage.ts'

/** A charge to be taken back: as `script/undo.ts` says. */
export interface Charge {
  readonly at: EpochMs
  readonly expiresAt: EpochMs
  readonly resetBefore: EpochMs
  readonly remainingAfter: number
}

/**
 * An entry for the script, which knows two roles more. `extend`: moves an elastic window where the cost is refused, and charges
 * nothing where it is not. `undo`: takes a charge back. Like `settle`, they come alone or with their like.
 */
export type ScriptEntry = Entry | (Omit<Entry, 'role'> & ({ role: 'extend' } | { role: 'undo'; charge: Charge }))

/** What the script is asked to decide. */
export interface Question {
  readonly entries: readonly ScriptEntry[]
  readonly options: EvaluateOptions | undefined
  /** The slot of its keys. */
  readonly slot: number
  /** One of several parts of a decision: charged if it is allowed, and nothing is written where it is refused. */
  readonly isPart?: boolean
}

/** What became of an entry of a part: the quota before it, and `ifCharged` the quota after it, if it was charged. */
export interface PartVerdict extends Verdict {
  readonly ifCharged: Quota
  /** From when on what was stored means nothing. */
  readonly expiresAt: EpochMs
}

/** What one call of the script is given: `KEYS`, and the text of `ARGV[1]`. */
export interface ScriptCall {
  readonly keys: readonly string[]
  readonly text: string
}

const STRATEGY: Readonly<Record<StrategyName, number>> = {
  'fixed-window': 0,
  'fixed-window-elastic-expiry': 1,
  'moving-window': 2,
  'sliding-window-counter': 3,
  'token-bucket': 4,
}

const ROLE = { limit: 0, peek: 1, meta: 2, settle: 4, extend: 5, undo: 6 }
const COUNTING_META = 3

/** Writes down several questions for one call of the script; `spell` is how a key is spelled on this server. */
export function encodeCall(questions: readonly Question[], spell: (key: string) => string): ScriptCall {
  const plain = new Map<string, number>()
  const logs = new Map<string, number>()
  const forms: Question[] = []
  let text = ''
  for (const question of questions) {
    let form = forms.findIndex((known) => haveSameForm(known, question))
    if (form < 0) form = forms.push(question) - 1
    text += `,${form + 1},${question.options?.now ?? -1}`
    for (const { key, strategy } of question.entries) {
      text += `,${indexOf(strategy === 'moving-window' ? logs : plain, key)}`
    }
  }
  const keys: string[] = []
  for (const key of plain.keys()) keys.push(spell(key))
  for (const key of logs.keys()) keys.push(spell(key))
  return { keys, text: `[${plain.size},[${forms.map(formOf).join()}]${text}]` }
}

/** Whether two questions differ in their keys and instants alone. Most questions of one app have one of a few forms. */
function haveSameForm(a: Question, b: Question): boolean {
  if (a.entries.length !== b.entries.length || a.isPart !== b.isPart) return false
  if (a.options?.firstRefusalOnly !== b.options?.firstRefusalOnly) return false
  return a.entries.every((entry, i) => {
    const other = b.entries[i]!
    return (
      entry.limit === other.limit &&
      entry.cost === other.cost &&
      entry.role === other.role &&
      entry.strategy === other.strategy &&
      entry.watches === other.watches &&
      entry.gates === other.gates &&
      // Each is taken back for itself.
      entry.role !== 'undo'
    )
  })
}

function formOf({ entries, options, isPart }: Question): string {
  let text = `[${isPart ? 2 : options?.firstRefusalOnly ? 1 : 0},${entries.length}`
  for (const entry of entries) {
    const { role, strategy, limit, cost } = entry
    const code = role === 'meta' && entry.gates === false ? COUNTING_META : ROLE[role]
    text += `,${STRATEGY[strategy]},${code},${limit.amount},${limit.windowMs},${cost}`
    if (role === 'meta') {
      text += `,${entry.watches?.length ?? 0}`
      for (const watched of entry.watches ?? []) text += `,${watched + 1}`
    } else if (role === 'undo') {
      const { at, expiresAt, resetBefore, remainingAfter } = entry.charge
      text += `,${at},${expiresAt},${resetBefore},${remainingAfter}`
    }
  }
  return `${text}]`
}

/** Counted from 1, moving windows after the others. */
function indexOf(indices: Map<string, number>, key: string): number {
  let index = indices.get(key)
  if (index === undefined) {
    index = indices.size + 1
    indices.set(key, index)
  }
  return index
}

/** Reads the answers of one call of the script, in the order of the questions. */
export function decodeReply(
  reply: unknown,
  questions: readonly Question[],
  { keys }: ScriptCall,
): (BatchResult | StorageError)[] {
  const numbers: unknown = JSON.parse(String(reply))
  if (!Array.isArray(numbers)) throw new Error(`the script answered ${String(reply)} instead of a list`)
  let at = 0
  const next = (): number => numbers[at++] as number
  const serverNow = next()
  return questions.map(({ entries, options, isPart }) => {
    const now = options?.now ?? serverNow
    const allowed = next()
    if (allowed < 0) {
      const key = keys[next() - 1]!
      return new StorageError(
        'ERR_STORAGE_STATE',
        `the key ${JSON.stringify(key)} holds something that this library did not write`,
      )
    }
    const read = isPart ? readPartVerdict : readVerdict
    return { allowed: allowed === 1, now, verdicts: entries.map(({ role }) => read(next, now, role)) }
  })
}

function readVerdict(next: () => number, now: EpochMs, role: ScriptEntry['role']): Verdict {
  const { remaining, resetAt } = readQuota(next, now)
  const wait = next()
  const verdict = { allowed: wait === 0, remaining, resetAt, retryAt: wait < 0 ? undefined : now + wait }
  return role === 'peek' ? { ...verdict, ifCharged: readQuota(next, now) } : verdict
}

function readPartVerdict(next: () => number, now: EpochMs): PartVerdict {
  return { ...readVerdict(next, now, 'limit'), ifCharged: readQuota(next, now), expiresAt: now + next() }
}

function readQuota(next: () => number, now: EpochMs): Quota {
  return { remaining: next(), resetAt: now + next() }
}
