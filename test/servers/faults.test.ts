import { afterEach, expect, test } from 'vitest'
import { describeWithOwn } from './describe-with.ts'
import { type Fault, FAULTS } from './faults.ts'
import { type Answer, DEADLINE_MS, observeOutage, SEEN_WITHIN_MS } from './outage.ts'

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
        // Who tries the storage waits twice. What a busy machine adds is not the limiter's; all who wait at that moment have it.
        expect(p99, told).toBeLessThan(DEADLINE_MS + 50 + late)
        expect(max, told).toBeLessThan(2 * (DEADLINE_MS + 50 + late))
        expect(recoveredAfter, told).toBeLessThan(SEEN_WITHIN_MS)
        expect(counted, told).toBeLessThanOrEqual(sent)
        if (!fault.losesState) expect(counted, told).toBeGreaterThanOrEqual(allowed)
      }
    },
  )
})
