import { describe, expect, it } from 'vitest'
import type { Outage } from '../../conformance/format.ts'
import { withOutages } from '../../conformance/outages.ts'
import { parseLimit } from '../../src/limit/parse-limits.ts'
import type { Role, Storage } from '../../src/storage/storage.ts'
import { openStorage } from '../../src/storage/uri.ts'

/** What fails at `seconds` under these outages. */
function failing(outages: readonly Outage[], seconds: number): string[] {
  const storage = withOutages(openStorage('memory://'), outages, () => seconds)
  const entry = (role: Role) => ({
    key: role,
    limit: parseLimit('1/minute'),
    strategy: 'fixed-window' as const,
    cost: 1,
    role,
    watches: [],
  })
  const operations: Record<string, (storage: Storage) => unknown> = {
    limit: () => storage.evaluate([entry('peek'), entry('limit')]),
    peek: () => storage.evaluate([entry('peek')]),
    settle: () => storage.evaluate([entry('settle')]),
    forget: () => storage.forget(['a']),
    reset: () => storage.reset('a'),
    ping: () => storage.ping(),
  }
  return Object.keys(operations).filter((name) => {
    try {
      void operations[name]!(storage)
      return false
    } catch {
      return true
    }
  })
}

describe('an outage', () => {
  it('fails everything from its beginning up to its end', () => {
    const outages = [{ from: 5, to: 15 }]
    const all = ['limit', 'peek', 'settle', 'forget', 'reset', 'ping']
    expect([4.999, 5, 14.999, 15].map((at) => failing(outages, at))).toEqual([[], all, all, []])
  })

  it('of some operations fails only what they do', () => {
    const during = (...ops: NonNullable<Outage['ops']>) => failing([{ from: 0, to: 1, ops }], 0)
    expect(during('consume')).toEqual(['limit', 'settle'])
    expect(during('read')).toEqual(['peek'])
    expect(during('check')).toEqual(['ping'])
    expect(during('clear', 'reset')).toEqual(['forget', 'reset'])
  })
})
