import { afterEach, expect, test } from 'vitest'
import { describeWithOwn } from './describe-with.ts'
import { type Fault, FAULTS } from './faults.ts'
import { type Answer, DEADLINE_MS, observeOutage } from './outage.ts'

/** What each form of `onStorageError` promises instead of an answer of the storage. */
const PROMISED: Readonly<Record<string, Answer>> = {
  raise: '500',
  allow: 'allowed',
  refuse: '503',
  fallback: 'local',
  '{ fallback }': 'local',
}

describeWithOwn('redis-sentinel', 'through ioredis and node-redis', () => {
  let fault: Fault | undefined
  afterEach(async () => {
    await fault?.stop()
    fault = undefined
  })

  test.each(Object.keys(FAULTS))(
    '%s: no request waits, each gets what was promised, and the storage is found again',
    async (name) => {
      fault = await FAULTS[name]!()
      for (const outage of await observeOutage(fault, ['ioredis', 'redis'])) {
        const { form, requests, answers, p99, max, late, recoveredAfter, allowed, counted, sent, error } = outage
        const told = `${name}: ${JSON.stringify(outage)}`
        expect(error, told).toBeUndefined()
        expect(answers.storage + answers[PROMISED[form]!], told).toBe(requests)
        // What a busy machine adds is not the limiter's.
        expect(p99, told).toBeLessThan(DEADLINE_MS + 50 + late.p99)
        expect(max, told).toBeLessThan(2 * DEADLINE_MS + late.max)
        // The breaker's second probe comes 6 s after it has opened, the fault ended after 2.6 s or later.
        expect(recoveredAfter, told).toBeLessThan(4500 + late.max)
        expect(counted, told).toBeLessThanOrEqual(sent)
        if (!fault.losesState) expect(counted, told).toBeGreaterThanOrEqual(allowed)
      }
    },
  )
})
