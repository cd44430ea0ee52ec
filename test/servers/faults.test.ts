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
        // What a busy machine adds is not the limiter's; all who wait at that moment have it. Who tries the storage waits twice.
        const longest = DEADLINE_MS + 50 + late
        expect(p99, told).toBeLessThan(longest)
        expect(max, told).toBeLessThan(2 * longest)
        // Within the breaker's next probe, which comes 4 s after the one that failed. A machine that stands still for so long that a
        // probe, of several questions, waits too long can cost that one too, and the next comes 8 s later.
        const pauses = late < DEADLINE_MS / 2 ? 4000 : 4000 + 8000
        expect(recoveredAfter, told).toBeLessThan(pauses + 2 * longest)
        if (late < DEADLINE_MS) expect(answers.storage / requests, told).toBeGreaterThanOrEqual(fault.leastDecided ?? 0)
        expect(counted, told).toBeLessThanOrEqual(sent)
        if (!fault.losesState) expect(counted, told).toBeGreaterThanOrEqual(allowed)
      }
    },
  )
})
