import type { EpochMs } from '../../clock.ts'
import { parseLimit } from '../../limit/parse-limits.ts'
import type { BatchResult, Entry, EvaluateOptions, Storage } from '../../storage/storage.ts'

/** The instant at which all cases begin: 2027-01-15T08:00:00Z. Times in cases are ms from here. */
export const T: EpochMs = 1_800_000_000_000

/** One case of the contract. */
export interface Check {
  readonly name: string
  readonly check: (subject: Subject) => Promise<void>
}

/** The storage under test, with what cases do to it. */
export class Subject {
  readonly storage: Storage
  readonly prefix: string

  constructor(storage: Storage, prefix: string) {
    this.storage = storage
    this.prefix = prefix
  }

  /** An entry: fixed-window, role `limit` and cost 1 where nothing else is said. */
  entry(name: string, notation: string, other: Partial<Entry> = {}): Entry {
    return {
      key: this.prefix + name,
      limit: parseLimit(notation),
      strategy: 'fixed-window',
      cost: 1,
      role: 'limit',
      ...other,
    }
  }

  /** Decides at `at` ms after {@link T}. */
  async evaluate(at: number, entries: readonly Entry[], options: EvaluateOptions = {}): Promise<BatchResult> {
    return this.storage.evaluate(entries, { ...options, now: T + at })
  }

  /** Charges one entry as often as it takes to leave nothing. */
  async exhaust(at: number, entry: Entry): Promise<void> {
    const { remaining } = await this.look(at, entry)
    await this.evaluate(at, [{ ...entry, role: 'limit', cost: remaining }])
  }

  /** What is left of an entry, and until when in ms after {@link T}. Changes nothing. */
  async look(at: number, entry: Entry): Promise<{ remaining: number; resetAt: number }> {
    const { verdicts } = await this.evaluate(at, [{ ...entry, role: 'peek', cost: 0 }])
    return { remaining: verdicts[0]!.remaining, resetAt: verdicts[0]!.resetAt - T }
  }

  /** What is left of several entries. */
  async left(at: number, ...entries: readonly Entry[]): Promise<number[]> {
    const { verdicts } = await this.evaluate(
      at,
      entries.map((entry) => ({ ...entry, role: 'peek', cost: 0 })),
    )
    return verdicts.map(({ remaining }) => remaining)
  }
}

/** Fails unless both are the same in structure. */
export function equal(actual: unknown, expected: unknown, what: string): void {
  const [got, wanted] = [show(actual), show(expected)]
  if (got !== wanted) throw new Error(`${what}: expected ${wanted}, got ${got}`)
}

/** The whole of a result, in a fixed order, with instants from {@link T}. */
export function plain({ allowed, now, verdicts }: BatchResult): unknown {
  return {
    allowed,
    now: now - T,
    verdicts: verdicts.map(({ allowed, remaining, resetAt, retryAt, ifCharged }) => ({
      allowed,
      remaining,
      resetAt: resetAt - T,
      retryAt: retryAt === undefined ? 'never' : retryAt - T,
      ifCharged: ifCharged && { remaining: ifCharged.remaining, resetAt: ifCharged.resetAt - T },
    })),
  }
}

function show(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (part === undefined ? 'undefined' : part))
}
