import { afterEach, describe, expect, test } from 'vitest'
import { type Fault, FAULTS } from './faults.ts'
import { type Answer, DEADLINE_MS, observeOutage } from './outage.ts'
import { whyWithout } from './redis-server.ts'

/** What each form of `onStorageError` promises instead of an answer of the storage. */
const PROMISED: Readonly<Record<string, Answer>> = {
  raise: '500',
  allow: 'allowed',
  refuse: '503',
  fallback: 'local',
  '{ fallback }': 'local',
}

const missing = whyWithout('redis-server') ?? whyWithout('redis-sentinel')
describe.skipIf(missing !== undefined).each(['ioredis', 'redis'] as const)(missing ?? 'through %s', (client) => {
  let fault: Fault | undefined
  afterEach(async () => {
    await fault?.stop()
    fault = undefined
  })

  test.each(Object.keys(FAULTS))(
    '%s: no request waits, each gets what was promised, and the storage is found again',
    async (name) => {
      fault = await FAULTS[name]!()
      for (const outage of await observeOutage(fault, client)) {
        const { form, requests, answers, p99, max, recoveredAfter, allowed, counted, sent, error } = outage
        const told = `${name}, ${form}: ${JSON.stringify(outage)}`
        expect(error, told).toBeUndefined()
        expect(answers.storage + answers[PROMISED[form]!], told).toBe(requests)
        expect(p99, told).toBeLessThan(DEADLINE_MS + 50)
        expect(max, told).toBeLessThan(2 * DEADLINE_MS)
        // The breaker's second probe comes 6 s after it has opened, the fault ended after 2.6 s or later.
        expect(recoveredAfter, told).toBeLessThan(4500)
        expect(counted, told).toBeLessThanOrEqual(sent)
        if (!fault.losesState) expect(counted, told).toBeGreaterThanOrEqual(allowed)
      }
    },
  )
})
