import { isLimiterError } from '../src/errors.ts'
import { isExcusing } from './tags.ts'

/** One thing that was recorded otherwise than we answer. */
export interface Difference {
  /** Where: `status`, `headers.Retry-After`, `currentLimits[1]`, … */
  readonly path: string
  readonly expected: unknown
  readonly got: unknown
  /** A ruling that allows this difference by itself, whatever tags its step has. */
  readonly tag?: string
}

/** One part of a case that was played and compared: a step, an operation, a limit string. */
export interface Outcome {
  readonly label: string
  readonly tags: readonly string[]
  readonly differences: readonly Difference[]
}

/** One case: a scenario in one framework, a sequence, a limit string, a key. */
export interface CaseResult {
  readonly id: string
  /** The framework that a scenario was played in. */
  readonly adapter?: string
  readonly outcomes: readonly Outcome[]
  /** What the case needs and is not there yet, by name. Such a case fails. */
  readonly notBuilt?: string
}

/** The differences of a part that nothing allows. */
export function failuresOf({ tags, differences }: Outcome): readonly Difference[] {
  return tags.some(isExcusing) ? [] : differences.filter(({ tag }) => tag === undefined || !isExcusing(tag))
}

/** The tags on account of which a part differs; empty where it agrees or fails. */
export function excusesOf(outcome: Outcome): readonly string[] {
  if (outcome.differences.length === 0 || failuresOf(outcome).length > 0) return []
  return outcome.tags.some(isExcusing)
    ? outcome.tags.filter(isExcusing)
    : [...new Set(outcome.differences.flatMap(({ tag }) => tag ?? []))]
}

/** Whether a case agrees with its recording wherever it has to. */
export function hasPassed({ notBuilt, outcomes }: CaseResult): boolean {
  return notBuilt === undefined && outcomes.every((outcome) => failuresOf(outcome).length === 0)
}

/** The difference between a recorded value and ours, if there is one. Plain values. */
export function difference(path: string, expected: unknown, got: unknown): Difference[] {
  return expected === got ? [] : [{ path, expected, got }]
}

/** An error in one line. */
export function describeError(error: unknown): string {
  if (isLimiterError(error)) return `${error.code}: ${error.message}`
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
