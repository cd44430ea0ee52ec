import { describe, expect, it } from 'vitest'
import { type CaseResult, excusesOf, failuresOf, hasPassed, type Outcome } from '../../conformance/outcome.ts'
import { reportOf } from '../../conformance/report.ts'

const differing = { path: 'status', expected: 429, got: 200 }

function part(given: Partial<Outcome> = {}): Outcome {
  return { label: 'step 0', tags: [], differences: [], ...given }
}

function result(...outcomes: Outcome[]): CaseResult {
  return { id: 'case-1', adapter: 'express 5', outcomes }
}

describe('a part that differs', () => {
  it('fails without a tag, with an unknown tag, and with one that is ruled the same', () => {
    for (const tags of [[], ['no-such-tag'], ['exempt-limit-still-overrides']]) {
      const outcome = part({ tags, differences: [differing] })
      expect(failuresOf(outcome)).toEqual([differing])
      expect(excusesOf(outcome)).toEqual([])
      expect(hasPassed(result(outcome))).toBe(false)
    }
  })

  it('passes with a tag that is ruled better, and is counted by it', () => {
    const outcome = part({ tags: ['cost-zero', 'no-such-tag'], differences: [differing] })
    expect(failuresOf(outcome)).toEqual([])
    expect(excusesOf(outcome)).toEqual(['cost-zero'])
  })

  it('fails if a difference excused by itself comes with one that is not', () => {
    const excused = { ...differing, tag: 'retry-after-without-headers' }
    expect(excusesOf(part({ differences: [excused] }))).toEqual(['retry-after-without-headers'])
    expect(failuresOf(part({ differences: [excused, differing] }))).toEqual([differing])
  })

  it('is not excused by what another part has', () => {
    expect(hasPassed(result(part({ tags: ['cost-zero'] }), part({ differences: [differing] })))).toBe(false)
  })
})

describe('the report', () => {
  it('ends in the tally', () => {
    expect(reportOf([result(part())], []).at(-1)).toBe('1 passed, 0 failed')
    expect(reportOf([result(part())], [{ reason: 'for a reason', count: 2 }]).at(-1)).toBe(
      '1 passed, 0 failed, 2 skipped',
    )
  })

  it('says which step of which case in which framework differs, and how', () => {
    const lines = reportOf([result(part({ label: 'step 3 GET /a', differences: [differing] }))], [])
    expect(lines).toEqual([
      'FAIL case-1 [express 5]',
      '  step 3 GET /a',
      '    status: expected 429, got 200',
      '0 passed, 1 failed',
    ])
  })

  it('counts differences by tag, and names tags without a ruling', () => {
    const lines = reportOf(
      [result(part({ tags: ['cost-zero'], differences: [differing] }), part({ tags: ['no-such-tag'] }))],
      [],
    ).join('\n')
    expect(lines).toContain('cost-zero: 1 in 1 cases')
    expect(lines).toContain('no-such-tag')
    expect(lines).toContain('1 passed, 0 failed')
  })

  it('names what is not built instead of every step that needs it', () => {
    const lines = reportOf([{ ...result(part({ differences: [differing] })), notBuilt: 'strategy x' }], [])
    expect(lines).toEqual(['Not built yet:', '  strategy x: 1 cases', '', '0 passed, 1 failed'])
  })
})
