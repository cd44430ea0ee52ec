import { expect, test } from 'vitest'
import { prefixOfCase } from '../../conformance/case-storages.ts'
import { rateLimit } from '../../src/limit/rate-limit.ts'
import { keyBase, keyOf } from '../../src/limiter/keys.ts'
import { slotOfKey } from '../../src/storage/redis/cluster-keys.ts'

/** The slots of a client's limits in one case: of two amounts, on two routes. */
function slots(isScattered: boolean): Set<number> {
  const keys = ['GET /a', 'GET /b'].flatMap((endpoint) =>
    [1, 2].map((amount) => {
      const subject = { kind: 'endpoint', endpoint, scope: '' } as const
      return keyOf(keyBase('', subject, undefined, rateLimit(amount, 'minute'), 'fixed-window'), '10.0.0.1')
    }),
  )
  return new Set(keys.map((key) => slotOfKey(prefixOfCase(7, isScattered) + key)))
}

test('the limits of a client share a slot in a case, as they do without one', () => {
  expect(slots(false).size).toBe(1)
})

test('each has a slot of its own where they are scattered', () => {
  expect(slots(true).size).toBe(4)
})
