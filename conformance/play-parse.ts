import { NotationError } from '../src/errors.ts'
import { parseLimits, UNITS_EXPECTED } from '../src/limit/parse-limits.ts'
import type { RateLimit } from '../src/limit/rate-limit.ts'
import type { ParseCase, ParsedLimit } from './format.ts'
import { type CaseResult, describeError, type Difference, difference } from './outcome.ts'
import { tagsOfParts } from './tags.ts'

/** Reads a limit string and compares what it says. */
export function playParseCase(parseCase: ParseCase): CaseResult {
  const { input, items, error } = parseCase
  const read = readLimits(input)
  const differences =
    items === undefined || read.limits === undefined
      ? difference('error', error, read.error)
      : [
          ...difference('items', items.length, read.limits.length),
          ...items.flatMap((item, index) => compareLimit(`items[${index}]`, item, read.limits[index])),
        ]
  return {
    id: `parse ${JSON.stringify(input)}`,
    outcomes: [{ label: 'limits', tags: tagsOfParts(parseCase, [{}])[0]!, differences }],
  }
}

function readLimits(
  input: string,
): { limits?: undefined; error: string } | { limits: readonly RateLimit[]; error: undefined } {
  try {
    return { limits: parseLimits(input), error: undefined }
  } catch (error) {
    if (!(error instanceof NotationError)) return { error: describeError(error) }
    if (error.code === 'ERR_LIMIT_RANGE') return { error: 'range' }
    return { error: error.expected === UNITS_EXPECTED ? 'granularity' : 'syntax' }
  }
}

/** Compares a limit with what was recorded of it. */
export function compareLimit(path: string, recorded: ParsedLimit, ours: RateLimit | undefined): Difference[] {
  const text = ({ amount, multiples, granularity, expirySeconds }: ParsedLimit): string =>
    `${amount} per ${multiples} ${granularity} (${expirySeconds} s)`
  return [
    ...difference(path, text(recorded), ours && text({ ...ours, expirySeconds: ours.windowMs / 1000 })),
    ...(recorded.repr === undefined ? [] : difference(`${path}.repr`, recorded.repr, ours?.text)),
  ]
}
