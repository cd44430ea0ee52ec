import type { CurrentLimit } from '../src/limiter/decision.ts'
import type { Current, PlayedResponse } from './adapter.ts'
import type { Expect, RecordedCurrent, RecordedLimit } from './format.ts'
import { difference, type Difference } from './outcome.ts'
import type { Recorder } from './recorder.ts'

/** Everything that came of one step. */
export interface Observation {
  readonly response: PlayedResponse
  readonly recorder: Pick<Recorder, 'callbacks' | 'log' | 'bodyWithKey'>
  readonly current: ReadonlyMap<string, Current>
}

/** How the steps of one scenario are compared. */
export interface Comparison {
  /** What the framework answers where the recorded program answers 405. */
  readonly wrongMethodStatus: number
  /** Whether any limiter sends the headers of limits. */
  readonly hasHeaders: boolean
  /** Headers that are made of a reset time which follows other rules than ours. */
  readonly incomparableHeaders: readonly string[]
  /** Whether reset times are compared: not those of sliding-window-counter. */
  readonly comparesReset: boolean
  /** Whether those of untouched windows are: not of moving-window, where `unused-window-reset` rules; on currentLimits the corpus lacks the tag. */
  readonly comparesUnusedReset: boolean
}

/** A key as it was recorded, and the one of ours in the same place. */
export interface KeyPair {
  readonly recorded: string
  readonly ours: string
}

/** What the comparison of one step finds. */
export interface StepResult {
  readonly differences: readonly Difference[]
  /** To be compared over the whole scenario. */
  readonly keys: readonly KeyPair[]
}

/** Compares a step with its recording. Keys are spelled differently: they are not compared here but paired. */
export function compareStep(expect: Expect, got: Observation, how: Comparison): StepResult {
  const keys: KeyPair[] = []
  const status = expect.status === 405 ? how.wrongMethodStatus : expect.status
  const differences = [
    ...difference('status', status, got.response.status),
    ...(expect.message === undefined ? [] : difference('message', expect.message, messageOf(got.response))),
    ...compareBody(expect, got, keys),
    ...compareHeaders(expect, got.response, how),
    ...compareCallbacks(expect, got, keys),
    ...compareLog(expect, got.recorder.log),
    ...compareCurrent('', expect, [...got.current.values()][0], how, keys),
    ...Object.entries(expect.perLimiter ?? {}).flatMap(([name, recorded]) =>
      compareCurrent(`perLimiter.${name}.`, recorded, got.current.get(name), how, keys),
    ),
  ]
  return { differences, keys }
}

/** The text of a refusal: the paragraph of the page that browsers get, the detail of a problem, or the plain text. */
export function messageOf(response: PlayedResponse): string | undefined {
  const type = response.headers.get('content-type')?.[0] ?? ''
  if (type.includes('json')) {
    const { detail } = JSON.parse(response.body) as { detail?: string }
    return detail
  }
  if (!type.includes('html')) return response.body
  const paragraph = /<p>(.*?)<\/p>/s.exec(response.body)?.[1]
  return paragraph
    ?.replaceAll(/<br\s*\/?>/g, '\n')
    .replaceAll(/&(?:amp|lt|gt|quot|#39|#x27|#34);/g, (entity) => ENTITIES[entity]!)
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#34;': '"',
  '&#39;': "'",
  '&#x27;': "'",
}

function compareBody(expect: Expect, got: Observation, keys: KeyPair[]): Difference[] {
  const { body } = got.response
  if (expect.body === undefined || expect.body === body) return []
  const withKey = got.recorder.bodyWithKey
  const recorded = withKey?.pattern.exec(expect.body)?.[1]
  if (!withKey || recorded === undefined || !withKey.pattern.test(body)) return difference('body', expect.body, body)
  keys.push({ recorded, ours: withKey.key })
  return []
}

function compareHeaders(expect: Expect, response: PlayedResponse, how: Comparison): Difference[] {
  return Object.entries(expect.headers ?? {}).flatMap(([name, recorded]) => {
    if (how.incomparableHeaders.includes(name)) return []
    const values = response.headers.get(name.toLowerCase()) ?? []
    const expected = recorded === null ? [] : typeof recorded === 'string' ? [recorded] : recorded
    const differences = difference(`headers.${name}`, expected.join(' | '), values.join(' | '))
    const isOurs = name === 'Retry-After' && recorded === null && response.status === 429 && !how.hasHeaders
    return isOurs ? differences.map((each) => ({ ...each, tag: 'retry-after-without-headers' })) : differences
  })
}

function compareCallbacks(expect: Expect, got: Observation, keys: KeyPair[]): Difference[] {
  if (expect.callbacks === undefined) return []
  const ours = got.recorder.callbacks
  const text = (calls: readonly { callback: string; limit: string }[]): string =>
    calls.map(({ callback, limit }) => `${callback}(${limit})`).join(', ')
  const differences = difference('callbacks', text(expect.callbacks), text(ours))
  if (differences.length === 0)
    expect.callbacks.forEach(({ key }, index) => keys.push({ recorded: key, ours: ours[index]!.key }))
  return differences
}

/** Each recorded kind has to appear in ours in order; once is enough where the original repeats it for its two phases. */
function compareLog(expect: Expect, ours: readonly string[]): Difference[] {
  const kinds = [...new Set(expect.log?.map(({ kind }) => kind))]
  let from = 0
  for (const kind of kinds) {
    const found = ours.indexOf(kind, from)
    if (found < 0) return [{ path: 'log', expected: kinds.join(', '), got: ours.join(', ') }]
    from = found + 1
  }
  return []
}

function compareCurrent(
  path: string,
  expect: RecordedCurrent,
  current: Current | undefined,
  how: Comparison,
  keys: KeyPair[],
): Difference[] {
  const isRefused = [expect.currentLimit, ...(expect.currentLimits ?? [])].some((limit) => limit?.breached)
  const describe = (limit: RecordedLimit): string => describeLimit(limit, isRefused, how)
  const ours = (current?.currentLimits ?? []).map((limit) => ({ key: limit.key, text: describe(recordedForm(limit)) }))
  const differences: Difference[] = []
  if (expect.currentLimit !== undefined) {
    const expected = expect.currentLimit ? describe(expect.currentLimit) : 'none'
    const got = current?.currentLimit ? describe(recordedForm(current.currentLimit)) : 'none'
    differences.push(...difference(`${path}currentLimit`, expected, got))
    if (expected === got && expect.currentLimit && current?.currentLimit) {
      keys.push({ recorded: expect.currentLimit.key, ours: current.currentLimit.key })
    }
  }
  let from = 0
  for (const [index, recorded] of (expect.currentLimits ?? []).entries()) {
    const expected = describe(recorded)
    const found = ours.findIndex(({ text }, at) => at >= from && text === expected)
    if (found < 0) {
      const got = ours.map(({ text }) => text).join(', ')
      differences.push({ path: `${path}currentLimits[${index}]`, expected, got })
      break
    }
    keys.push({ recorded: recorded.key, ours: ours[found]!.key })
    from = found + 1
  }
  return differences
}

/** A limit in words: equal where it is to be taken for equal. */
function describeLimit(limit: RecordedLimit, isRefused: boolean, how: Comparison): string {
  const what = `${limit.limit}${limit.shared ? ' shared' : ''}${limit.breached ? ' breached' : ''}`
  // Of a refused request only what is left of the refusing limit counts: others were charged before the refusal, ours are not.
  if (isRefused && !limit.breached) return what
  const isUnused = limit.limit.startsWith(`${limit.remaining} per `)
  const hasReset = how.comparesReset && (how.comparesUnusedReset || !isUnused)
  return `${what} ${limit.remaining} left${hasReset ? ` until ${limit.resetAt}` : ''}`
}

function recordedForm({ limit, key, breached, shared, remaining, resetAt }: CurrentLimit): RecordedLimit {
  return { limit: limit.text, key, breached, shared, remaining, resetAt: Math.ceil(resetAt / 1000) }
}
