import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseLimit } from '../../src/limit/parse-limits.ts'
import { keyBase, keyOf, keyPrefix, type Subject } from '../../src/limiter/keys.ts'
import { clientKeyOf } from '../../src/storage/client-key.ts'
import { memoryStorage } from '../../src/storage/memory/memory-storage.ts'
import type { BatchResult, Entry } from '../../src/storage/storage.ts'
import { STRATEGY_NAMES } from '../../src/strategy/strategies.ts'
import { bench } from '../limiter/plain.ts'
import { law, LONG } from './law.ts'
import { anyText, pumped } from './texts.ts'

/** Mostly the same few, so that keys that are close to each other come about. */
const part = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('', 'a', '|', 'a|', '|a', '%', '%7C', 'a%7C', '%25', 'sluice') },
  { weight: 1, arbitrary: anyText },
)
const subject: fc.Arbitrary<Subject> = fc.oneof(
  fc.record({ kind: fc.constant('endpoint' as const), endpoint: part, scope: part }),
  fc.record({ kind: fc.constantFrom('shared' as const, 'meta' as const), scope: part }),
)
const parts = fc.record({
  prefix: part,
  subject,
  method: fc.oneof(
    fc.constant(undefined),
    part.filter((method) => method !== ''),
  ),
  limit: fc.constantFrom('5/minute', '5 per 2 minutes', '5/hour').map(parseLimit),
  strategy: fc.constantFrom(...STRATEGY_NAMES),
  client: part,
})
type Parts = typeof parts extends fc.Arbitrary<infer T> ? T : never

const spell = ({ prefix, subject: of, method, limit, strategy, client }: Parts): string =>
  keyOf(keyBase(prefix, of, method, limit, strategy), client)

law(
  'two tuples have one key only if they are equal, and a key tells its client and its limiter',
  fc.tuple(parts, parts),
  ([one, other]) => {
    expect(spell(one) === spell(other)).toBe(isSame(one, other))
    if (one.client.length <= 256) expect(clientKeyOf(spell(one))).toBe(one.client)
    else expect(clientKeyOf(spell(one))).toMatch(/^#sha256:[\da-f]{64}$/)
    expect(spell(one).startsWith(keyPrefix(other.prefix))).toBe(one.prefix === other.prefix)
  },
)

function isSame(one: Parts, other: Parts): boolean {
  try {
    expect(one).toEqual(other)
    return true
  } catch {
    return false
  }
}

law(
  'clients share nothing, whatever they are called',
  fc.uniqueArray(fc.oneof(part, anyText), { minLength: 1, maxLength: 8 }),
  async (clients) => {
    const { call } = bench({ defaultLimits: ['1 per minute', '5 per hour'] })
    for (const client of clients) expect(await call(client)).toBe('ok')
    for (const client of clients) expect(await call(client)).toBe(client === '' ? 'ok' : '1 per 1 minute')
  },
  {
    regressions: [
      ['__proto__', 'constructor', 'toString', '\0', '\ud800', '\udc00', '\ud800\udc00', '\ufffd', 'é', 'e\u0301'],
    ],
    slowness: 3,
  },
)

law(
  'the memory storage holds any keys, and removes by any of their beginnings',
  fc.tuple(fc.uniqueArray(fc.oneof(part, anyText), { maxLength: 12 }), part),
  ([keys, prefix]) => {
    const storage = memoryStorage()
    const entries = keys.map((key): Entry => ({
      key,
      limit: parseLimit('1/minute'),
      strategy: 'fixed-window',
      cost: 1,
      role: 'limit',
    }))
    expect((storage.evaluate(entries, { now: 1 }) as BatchResult).allowed).toBe(true)
    for (const entry of entries) expect((storage.evaluate([entry], { now: 2 }) as BatchResult).allowed).toBe(false)
    expect(storage.reset(prefix)).toBe(keys.filter((key) => key.startsWith(prefix)).length)
  },
)

test(
  'long keys do not take long',
  async () => {
    const { call } = bench({ defaultLimits: ['1 per minute'] })
    const pieces = ['1', 'f', ':', '.', '1.', '%', '|', '#sha256:']
    for (const key of pumped(['', '::', 'a:b:'], pieces, ['', 'x'])) expect(await call(key)).toBe('ok')
  },
  LONG,
)

test('keys of megabytes are kept apart by their last character', async () => {
  const { call } = bench({ defaultLimits: ['1 per minute'] })
  const long = '\ud800|%'.repeat(1_000_000)
  expect([await call(`${long}a`), await call(`${long}b`), await call(`${long}a`)]).toEqual([
    'ok',
    'ok',
    '1 per 1 minute',
  ])
})
