import { expectTypeOf } from 'vitest'
import {
  createLimiter,
  type Decision,
  type MaybePromise,
  type PlainLimiter,
  rateLimit,
  type RateLimit,
} from '../../src/index.ts'

interface Job {
  readonly owner: string
  readonly size: number
}

const limiter = createLimiter<Job>({
  key: (job) => job.owner,
  defaultLimits: ['5/minute', { limit: '100/hour', cost: (job) => job.size }],
})
expectTypeOf(limiter).toEqualTypeOf<PlainLimiter<Job>>()

const limit = limiter.limit(({ size }) => (size > 10 ? '1/minute' : ''), {
  scope: (endpoint, job) => `${endpoint} ${job.owner}`,
})
const decision = limiter.decide({ owner: 'ann', size: 1 }, { endpoint: 'print', limits: [limit] })
expectTypeOf(decision).toEqualTypeOf<MaybePromise<Decision>>()
expectTypeOf((await decision).source).toEqualTypeOf<'storage' | 'local' | 'none'>()
expectTypeOf(limit.check({ owner: 'ann', size: 1 })).toEqualTypeOf<MaybePromise<Decision>>()
expectTypeOf(rateLimit(5, 'minute', 2)).toEqualTypeOf<RateLimit>()

// @ts-expect-error: what is counted is an object
createLimiter<string>({ key: (name) => name })
// @ts-expect-error: a job has no address
createLimiter<Job>({ key: (job) => job.address })
// @ts-expect-error: an endpoint is needed
void limiter.decide({ owner: 'ann', size: 1 })
// @ts-expect-error: this is no job
void limiter.decide({ owner: 'ann' }, { endpoint: 'print' })
// @ts-expect-error: there is no such unit
rateLimit(5, 'fortnight')
