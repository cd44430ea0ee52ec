import {
  createLimiter,
  type Decision,
  type PlainLimit,
  type PlainLimiter,
  type PlainLimiterOptions,
} from '../../src/index.ts'
import { ManualClock } from '../../src/testing/index.ts'
import { type Log, loggerTo } from '../log.ts'
import { byClient, type Call } from './builders.ts'

/** A limiter that is driven by hand. */
export interface Bench {
  readonly limiter: PlainLimiter<Call>
  readonly clock: ManualClock
  readonly log: Log
  /** Decides a call of `client`: `ok`, the text of the refusal, or the message of an error. */
  call(client?: string, limits?: readonly PlainLimit<Call>[], method?: string): Promise<string>
  decide(client?: string, limits?: readonly PlainLimit<Call>[]): Promise<Decision>
}

export function bench(options: Partial<PlainLimiterOptions<Call>> = {}): Bench {
  const clock = new ManualClock()
  const log: Log = []
  const limiter = createLimiter<Call>({
    key: byClient,
    clock,
    logger: loggerTo(log, 'info', 'warn', 'error'),
    ...options,
  })
  const decide: Bench['decide'] = async (client = 'ann', limits = []) =>
    limiter.decide({ client }, { endpoint: 'work', limits })
  return {
    limiter,
    clock,
    log,
    decide,
    async call(client = 'ann', limits = [], method = 'CALL') {
      try {
        const { allowed, refusedBy } = await limiter.decide({ client }, { endpoint: 'work', limits, method })
        return allowed ? 'ok' : (refusedBy?.limit.text ?? 'refused')
      } catch (error) {
        return (error as Error).message
      }
    },
  }
}

/** The answers to so many calls, one after the other. */
export async function calls(
  { call }: Bench,
  count: number,
  client?: string,
  limits?: readonly PlainLimit<Call>[],
): Promise<string[]> {
  const answers: string[] = []
  for (let n = 0; n < count; n += 1) answers.push(await call(client, limits))
  return answers
}
