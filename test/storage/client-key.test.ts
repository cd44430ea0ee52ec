import { expect, test } from 'vitest'
import { parseLimit } from '../../src/limit/parse-limits.ts'
import { keyBase, keyOf, type Subject } from '../../src/limiter/keys.ts'
import { clientKeyOf } from '../../src/storage/client-key.ts'
import { STRATEGY_NAMES } from '../../src/strategy/strategies.ts'

const SUBJECTS: readonly Subject[] = [
  { kind: 'endpoint', endpoint: 'GET /a|b/{id}', scope: '' },
  { kind: 'endpoint', endpoint: '', scope: 'x|y|z' },
  { kind: 'shared', scope: 'api|%' },
  { kind: 'meta', scope: '' },
]

test.each(['127.0.0.1', 'a|b|c', '|', '{user}', ' ', 'ü'])(
  'the client "%s" is found in every key that the limiter spells for it',
  (client) => {
    for (const subject of SUBJECTS) {
      for (const strategy of STRATEGY_NAMES) {
        for (const [prefix, method] of [
          ['', undefined],
          ['p|q', 'GET'],
        ] as const) {
          const base = keyBase(prefix, subject, method, parseLimit('5 per 2 minutes'), strategy)
          expect(clientKeyOf(keyOf(base, client))).toBe(client)
        }
      }
    }
  },
)

test.each(['', 'contract:a', 'sluice|p|endpoint|', '||||||'])(
  'a key of another spelling, "%s", has no client',
  (key) => {
    expect(clientKeyOf(key)).toBe('')
  },
)
