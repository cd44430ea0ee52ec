import { type CaseResult, type Difference, excusesOf, failuresOf, hasPassed } from './outcome.ts'
import { RULINGS } from './tags.ts'

const SHOWN_PARTS = 3
const SHOWN_CHARACTERS = 160

/** What is skipped, and why. */
export interface Skipped {
  readonly reason: string
  readonly count: number
}

/** The report of a run, line by line; the last one is the tally. */
export function reportOf(results: readonly CaseResult[], skipped: readonly Skipped[]): string[] {
  const failed = results.filter((result) => !hasPassed(result))
  const skippedCount = skipped.reduce((sum, { count }) => sum + count, 0)
  return [
    ...failed.filter(({ notBuilt }) => notBuilt === undefined).flatMap(failureLines),
    ...section('Differences on purpose, by tag', tagLines(results)),
    ...section('Tags without a ruling (they excuse nothing)', unknownTagLines(results)),
    ...section('Not built yet', notBuiltLines(results)),
    ...section(
      'Skipped',
      skipped.filter(({ count }) => count > 0).map(({ reason, count }) => `${count} ${reason}`),
    ),
    `${results.length - failed.length} passed, ${failed.length} failed${skippedCount > 0 ? `, ${skippedCount} skipped` : ''}`,
  ]
}

function failureLines({ id, adapter, outcomes }: CaseResult): string[] {
  const parts = outcomes
    .map((outcome) => ({ outcome, failures: failuresOf(outcome) }))
    .filter(({ failures }) => failures.length > 0)
  const lines = parts
    .slice(0, SHOWN_PARTS)
    .flatMap(({ outcome, failures }) => [
      `  ${outcome.label}`,
      ...failures.map((failure) => `    ${differenceLine(failure)}`),
    ])
  const more = parts.length > SHOWN_PARTS ? [`  and ${parts.length - SHOWN_PARTS} more`] : []
  return [`FAIL ${id}${adapter === undefined ? '' : ` [${adapter}]`}`, ...lines, ...more]
}

function differenceLine({ path, expected, got }: Difference): string {
  return `${path}: expected ${show(expected)}, got ${show(got)}`
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text
}

function tagLines(results: readonly CaseResult[]): string[] {
  const parts = new Map<string, number>()
  const cases = new Map<string, Set<CaseResult>>()
  for (const result of results) {
    for (const tag of result.outcomes.flatMap(excusesOf)) {
      parts.set(tag, (parts.get(tag) ?? 0) + 1)
      cases.set(tag, (cases.get(tag) ?? new Set()).add(result))
    }
  }
  return [...parts]
    .toSorted(([, a], [, b]) => b - a)
    .map(([tag, count]) => `${tag}: ${count} in ${cases.get(tag)!.size} cases`)
}

function unknownTagLines(results: readonly CaseResult[]): string[] {
  const tags = new Set(results.flatMap(({ outcomes }) => outcomes.flatMap((outcome) => outcome.tags)))
  return [...tags].filter((tag) => !Object.hasOwn(RULINGS, tag)).toSorted()
}

function notBuiltLines(results: readonly CaseResult[]): string[] {
  const counts = new Map<string, number>()
  for (const { notBuilt } of results) if (notBuilt !== undefined) counts.set(notBuilt, (counts.get(notBuilt) ?? 0) + 1)
  return [...counts].map(([name, count]) => `${name}: ${count} cases`)
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${line}`), '']
}
