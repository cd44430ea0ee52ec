import { expect } from 'vitest'
import { ConfigurationError } from '../../src/index.ts'
import { MoodyStorage } from '../../src/testing/adapter-contract/storages.ts'
import { bench, calls } from '../limiter/plain.ts'
import { better } from './better.ts'

const texts = async (it: ReturnType<typeof bench>): Promise<string[]> =>
  (await it.decide()).limits.map(({ limit, remaining }) => `${limit.text}: ${remaining}`)

better('later-refusal-keeps-earlier-hits', 'a refusal spends nothing, on any limit', async () => {
  const it = bench({ defaultLimits: ['5/minute', '1/hour'] })
  expect(await calls(it, 5)).toEqual(['ok', ...Array<string>(4).fill('1 per 1 hour')])
  expect(await texts(it)).toEqual(['5 per 1 minute: 4', '1 per 1 hour: 0'])
})

better('first-breach-off-keeps-hits', 'a refusal spends nothing, whatever failOnFirstBreach says', async () => {
  const it = bench({ defaultLimits: ['1/minute', '5/hour'], failOnFirstBreach: false })
  await calls(it, 4)
  expect(await texts(it)).toEqual(['1 per 1 minute: 0', '5 per 1 hour: 4'])
})

better('refused-hit-increments', 'a refused cost is not charged', async () => {
  let cost = 2
  const it = bench({ defaultLimits: [{ limit: '3/minute', cost: () => cost }] })
  expect(await calls(it, 3)).toEqual(['ok', '3 per 1 minute', '3 per 1 minute'])
  cost = 1
  expect(await it.call()).toBe('ok')
})

better('same-bucket-counted-twice', 'equal limits of one call are charged once', async () => {
  const it = bench({ defaultLimits: ['2/minute', '2/minute'] })
  expect(await calls(it, 3)).toEqual(['ok', 'ok', '2 per 1 minute'])
})

better('sort-ignores-multiples', 'limits are ordered by the length of their windows', async () => {
  const it = bench({ defaultLimits: ['5/90 second', '6/minute'] })
  expect(await texts(it)).toEqual(['6 per 1 minute: 5', '5 per 90 second: 4'])
})

better('current-limits-omit-earlier-phase', 'currentLimits hold every limit that was considered', async () => {
  const it = bench({ applicationLimits: ['9/day'] })
  const request = { client: 'ann' }
  await it.limiter.decide(request, { endpoint: 'work', limits: [it.limiter.limit('5/minute')] })
  expect(it.limiter.currentLimits(request).map(({ source }) => source)).toEqual(['application', 'route'])
})

better('key-delimiter-collision', 'no part of a key can run into another', async () => {
  const it = bench({ defaultLimits: ['1/minute'] })
  const decide = async (endpoint: string, client: string) => (await it.limiter.decide({ client }, { endpoint })).allowed
  expect([
    await decide('a/b', 'c'),
    await decide('a', 'b/c'),
    await decide('a|b', 'c'),
    await decide('a', 'b|c'),
  ]).toEqual([true, true, true, true])
})

better('static-cost-zero-is-one', 'a cost of 0 is 0', async () => {
  expect(await calls(bench({ defaultLimits: [{ limit: '1/minute', cost: 0 }] }), 3)).toEqual(['ok', 'ok', 'ok'])
})

better('cost-zero', 'a computed cost of 0 passes, is never charged, and moves no window', async () => {
  let cost = 1
  const it = bench({ defaultLimits: [{ limit: '1/minute', cost: () => cost }] })
  const opened = (await it.decide()).limit!.resetAt
  cost = 0
  it.clock.advance(30_000)
  expect((await it.decide()).limit).toMatchObject({ remaining: 0, resetAt: opened, breached: false })
})

better(
  'negative-cost-accepted',
  'a negative cost is a configuration error, or, computed, an error of the callback',
  async () => {
    expect(() => bench({ defaultLimits: [{ limit: '1/minute', cost: -1 }] })).toThrow(ConfigurationError)
    expect(await bench({ defaultLimits: [{ limit: '1/minute', cost: () => -1 }] }).call()).toBe(
      'a cost function has to answer an integer from 0 to 2^53 - 1, got -1',
    )
  },
)

better('malformed-limit-fails-late', 'a malformed limit throws where it is declared', () => {
  expect(() => bench({ defaultLimits: ['1 per fortnight'] })).toThrow(
    'defaultLimits[0]: cannot read the limit "1 per fortnight": at position 6',
  )
})

better('empty-methods-list-fails', 'an empty list of methods is a configuration error that says so', () => {
  expect(() => bench({ defaultLimits: [{ limit: '1/minute', methods: [] }] })).toThrow(
    'expected at least one HTTP method, got an empty list',
  )
})

better('filter-keeps-bans', 'a call that a filter lets through is not refused by an exhausted meta limit', async () => {
  const it = bench({ defaultLimits: ['1/minute'], metaLimits: ['1/day'] })
  await calls(it, 3)
  it.limiter.requestFilter(({ client }) => client === 'ann')
  expect(await it.call()).toBe('ok')
})

better('combined', 'differences add up', async () => {
  let cost = 1
  const storage = new MoodyStorage()
  const options = {
    storage,
    defaultLimits: ['4/minute', { limit: '9/90 second', cost: () => cost, metaLimits: [{ limit: '4/day', cost: 2 }] }],
  }
  const [one, other] = [bench({ ...options, keyPrefix: 'one' }), bench({ ...options, keyPrefix: 'other' })]
  cost = 8
  expect(await calls(one, 4)).toEqual(['ok', '9 per 90 second', '9 per 90 second', '4 per 1 day'])
  expect(await calls(other, 2)).toEqual(['ok', '9 per 90 second'])
  cost = 1
  expect(await texts(other)).toEqual(['4 per 1 minute: 2', '9 per 90 second: 0'])
})
