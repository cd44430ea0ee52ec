import { onTestFinished } from 'vitest'
import type { LimiterOptions } from '../../src/limiter/options.ts'
import { TestApp } from '../../src/testing/adapter-contract/stage.ts'
import { ManualClock, type serve } from '../../src/testing/index.ts'
import { type Log, loggerTo } from '../log.ts'

export type { Log }

export const once = '1 per 1 minute'
export const twice = '2 per 1 minute'

/** Options of a limiter that goes by a clock that stands still, and writes its warnings and errors to `log` instead of the console. */
export function stillAndQuiet(log: Log): Pick<LimiterOptions<object, object>, 'clock' | 'logger'> {
  return { clock: new ManualClock(), logger: loggerTo(log, 'warn', 'error') }
}

/** An app, as it is served until the test is over. */
export function testAppOf(server: Awaited<ReturnType<typeof serve>>): TestApp {
  onTestFinished(async () => server.close())
  return new TestApp({
    ...server,
    limiter() {
      throw new Error('a test has its limiters at hand')
    },
  })
}
