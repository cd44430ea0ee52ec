import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rateLimit } from '../../src/limit/rate-limit.ts'
import { keyBase, keyOf, keyPrefix, type Subject } from '../../src/limiter/keys.ts'

interface Parts {
  readonly prefix: string
  readonly subject: Subject
  readonly method: string | undefined
  readonly amount: number
  readonly multiples: number
  readonly strategy: 'fixed-window' | 'moving-window'
  readonly client: string
}

// Few letters, and those that could be taken for separators: texts that collide are found soon.
const text = fc.string({ unit: fc.constantFrom('a', '|', '%', '/', '7', 'C'), maxLength: 4 })
const subject: fc.Arbitrary<Subject> = fc.oneof(
  fc.record({ kind: fc.constant('endpoint' as const), endpoint: text, scope: text }),
  fc.record({ kind: fc.constant('shared' as const), scope: text }),
  fc.record({ kind: fc.constant('meta' as const), scope: text }),
)
const parts: fc.Arbitrary<Parts> = fc.record({
  prefix: text,
  subject,
  method: fc.option(fc.constantFrom('GET', '|', 'POST'), { nil: undefined }),
  amount: fc.integer({ min: 1, max: 12 }),
  multiples: fc.integer({ min: 1, max: 12 }),
  strategy: fc.constantFrom('fixed-window', 'moving-window'),
  client: text,
})

function keyFor({ prefix, subject: of, method, amount, multiples, strategy, client }: Parts): string {
  return keyOf(keyBase(prefix, of, method, rateLimit(amount, 'minute', multiples), strategy), client)
}

describe('a key', () => {
  test('is never that of other parts', () => {
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        expect(keyFor(one) === keyFor(other)).toBe(JSON.stringify(one) === JSON.stringify(other))
      }),
      { numRuns: 5000 },
    )
  })

  test('is never that of parts which differ in one only', () => {
    fc.assert(
      fc.property(
        parts,
        parts,
        fc.constantFrom<keyof Parts>('prefix', 'subject', 'method', 'client'),
        (one, other, which) => {
          const changed = { ...one, [which]: other[which] }
          expect(keyFor(one) === keyFor(changed)).toBe(JSON.stringify(one) === JSON.stringify(changed))
        },
      ),
      { numRuns: 5000 },
    )
  })

  test('begins with what reset removes, and no key of another prefix does', () => {
    fc.assert(
      fc.property(parts, text, (one, prefix) => {
        expect(keyFor(one).startsWith(keyPrefix(prefix))).toBe(prefix === one.prefix)
      }),
    )
  })

  test('of more than 256 characters is spelled by its hash, and so is one that looks like a hash', () => {
    const hashOf = (text: string): string => keyOf('', text)
    const long = 'x'.repeat(257)
    expect(keyOf('', long.slice(1))).toBe(long.slice(1))
    expect(hashOf(long)).toMatch(/^#sha256:[\da-f]{64}$/)
    expect(new Set([long, `${long}x`, hashOf(long), hashOf(hashOf(long))].map(hashOf)).size).toBe(4)
  })

  test('is spelled so', () => {
    const limit = rateLimit(5, 'minute', 2)
    expect(
      keyOf(
        keyBase('', { kind: 'endpoint', endpoint: 'GET /a', scope: '' }, undefined, limit, 'fixed-window'),
        '192.0.2.1',
      ),
    ).toBe('sluice||endpoint|GET /a|||5/2/minute|192.0.2.1')
    expect(keyOf(keyBase('shop|1', { kind: 'shared', scope: '100%' }, 'GET', limit, 'token-bucket'), 'a|b')).toBe(
      'sluice|shop%7C1|shared||100%25|GET|5/2/minute/token-bucket|a|b',
    )
  })
})
