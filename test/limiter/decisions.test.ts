import { describe, expect, test } from 'vitest'
import { ConfigurationError, type CurrentLimit, RateLimitExceeded } from '../../src/index.ts'
import { MoodyStorage } from '../../src/testing/adapter-contract/storages.ts'
import { bench, calls } from './plain.ts'

const inShort = ({ source, limit, remaining, breached }: CurrentLimit): string =>
  `${source} ${limit.text}: ${remaining}${breached ? ' breached' : ''}`

describe('a decision', () => {
  test('of an allowed call has every limit, in the order in which they are decided', async () => {
    const it = bench({ applicationLimits: ['9/day'], defaultLimits: ['5/hour', '3/minute'] })
    const { allowed, limit, limits, now, refusedBy, retryAt, source } = await it.decide()
    expect(limits.map(inShort)).toEqual([
      'default 3 per 1 minute: 2',
      'default 5 per 1 hour: 4',
      'application 9 per 1 day: 8',
    ])
    expect([allowed, inShort(limit!), now, refusedBy, retryAt, source]).toEqual([
      true,
      'default 3 per 1 minute: 2',
      it.clock.now(),
      undefined,
      undefined,
      'storage',
    ])
  })

  test('of a refused call ends at the first refusal', async () => {
    const it = bench({ applicationLimits: ['9/day'], defaultLimits: ['5/minute', '1/hour'] })
    await it.call()
    const { limits, refusedBy, retryAt } = await it.decide()
    expect(limits.map(inShort)).toEqual(['default 5 per 1 minute: 4', 'default 1 per 1 hour: 0 breached'])
    expect([inShort(refusedBy!), retryAt! - it.clock.now()]).toEqual(['default 1 per 1 hour: 0 breached', 3_600_000])
  })

  test('without failOnFirstBreach has all of them, and waits for the last', async () => {
    const it = bench({ defaultLimits: ['1/minute', '1/hour', '5/day'], failOnFirstBreach: false })
    await it.call()
    const { limits, limit, refusedBy, retryAt } = await it.decide()
    expect(limits.map(inShort)).toEqual([
      'default 1 per 1 minute: 0 breached',
      'default 1 per 1 hour: 0 breached',
      'default 5 per 1 day: 4',
    ])
    expect([refusedBy?.limit.text, limit?.limit.text, retryAt! - it.clock.now()]).toEqual([
      '1 per 1 minute',
      '1 per 1 hour',
      3_600_000,
    ])
  })

  test('waits for every limit that refuses, also for those that it does not report', async () => {
    const it = bench({ defaultLimits: ['1/minute', '1/hour'] })
    await it.call()
    const { retryAt, refusedBy } = await it.decide()
    expect([refusedBy?.limit.text, retryAt! - it.clock.now()]).toEqual(['1 per 1 minute', 3_600_000])
  })

  test('can say that a call will never pass', async () => {
    const it = bench({ defaultLimits: [{ limit: '1/minute', cost: () => 2 }] })
    expect(await it.decide()).toMatchObject({ allowed: false, retryAt: undefined })
  })

  test('of an exhausted meta limit names that alone', async () => {
    const it = bench({ defaultLimits: ['1/minute'], metaLimits: ['1/day'] })
    await calls(it, 2)
    const { limits, retryAt } = await it.decide()
    expect([limits.map(inShort), retryAt! - it.clock.now()]).toEqual([['meta 1 per 1 day: 0 breached'], 86_400_000])
  })

  test('shows the limit nearest to the call: not a shared one, not one of the application', async () => {
    const it = bench({ applicationLimits: ['9/minute'] })
    const [shared, own] = [it.limiter.sharedLimit('8/minute', { scope: 'all' }), it.limiter.limit('7/hour')]
    expect((await it.decide('ann', [shared, own])).limit?.limit.text).toBe('7 per 1 hour')
    expect((await it.decide('ann', [shared])).limit?.limit.text).toBe('8 per 1 minute')
    expect((await it.decide('ann')).limit?.limit.text).toBe('9 per 1 minute')
  })

  test('names limits by where they are from and their window, or as they are told to', async () => {
    const it = bench({
      applicationLimits: ['9/2 hour'],
      defaultLimits: [{ limit: '5/minute', name: 'burst' }, '3/month'],
    })
    const shared = it.limiter.sharedLimit('8/day', { scope: 'search', overrideDefaults: false })
    expect((await it.decide('ann', [shared])).limits.map(({ name }) => name)).toEqual([
      'application-2-hours',
      'burst',
      'search-day',
      'default-month',
    ])
  })
})

describe('what counts again and again', () => {
  test('has each limit once among its current ones, as it was left', async () => {
    const { limiter } = bench({ defaultLimits: ['100/minute', '2000/hour'] })
    const connection = { client: 'ann' }
    const block = limiter.limit('1000/minute')
    for (let message = 0; message < 50; message += 1) {
      await limiter.decide(connection, { endpoint: 'message' })
      await block.check(connection)
    }
    expect(limiter.currentLimits(connection).map(inShort)).toEqual([
      'default 100 per 1 minute: 50',
      'default 2000 per 1 hour: 1950',
      'check 1000 per 1 minute: 950',
    ])
  })

  test('is remembered by its first decision and the latest, a hundred in all', async () => {
    const { limiter } = bench()
    const connection = { client: 'ann', room: 0 }
    const block = limiter.limit('2/minute', { key: () => `room ${connection.room}` })
    for (; connection.room < 300; connection.room += 1) await block.check(connection)
    const keys = limiter.currentLimits(connection).map(({ key }) => key.split('|').at(-1))
    expect(keys).toEqual(['room 0', ...Array.from({ length: 99 }, (_, index) => `room ${201 + index}`)])
  })

  test('keeps limits that a refusal does not tell of, and their order', async () => {
    const { limiter } = bench({ defaultLimits: ['1/minute', '100/hour'] })
    const request = { client: 'ann' }
    const blocks = [limiter.limit('9/minute'), limiter.limit('70/minute')]
    await limiter.decide(request, { endpoint: 'work' })
    for (const block of [...blocks, blocks[0]!]) await block.check(request)
    expect((await limiter.decide(request, { endpoint: 'work' })).allowed).toBe(false)
    expect(limiter.currentLimits(request).map(inShort)).toEqual([
      'default 1 per 1 minute: 0 breached',
      'default 100 per 1 hour: 99',
      'check 9 per 1 minute: 7',
      'check 70 per 1 minute: 69',
    ])
  })

  test('counts by the method of the latest call', async () => {
    const { limiter } = bench()
    const connection = { client: 'ann' }
    const block = limiter.limit('9/minute', { perMethod: true })
    await limiter.decide(connection, { endpoint: 'work', method: 'GET' })
    await limiter.decide(connection, { endpoint: 'work', method: 'POST' })
    await block.check(connection)
    expect(limiter.currentLimit(connection)!.key).toContain('|POST|')
  })
})

describe('a refusal', () => {
  test('spends nothing, at whichever limit it comes', async () => {
    const it = bench({ applicationLimits: ['9/day'], defaultLimits: ['5/minute', '1/hour'] })
    await calls(it, 5)
    it.clock.advance(3_600_000)
    expect((await it.decide()).limits.map(inShort)).toEqual([
      'default 5 per 1 minute: 4',
      'default 1 per 1 hour: 0',
      'application 9 per 1 day: 7',
    ])
  })

  test('is thrown by check, with all there is to say', () => {
    const { limiter } = bench()
    const limit = limiter.limit('1/minute', { errorMessage: 'slow down' })
    const request = { client: 'ann' }
    expect(limit.check(request)).toMatchObject({ allowed: true })
    expect(() => limit.check(request)).toThrow(RateLimitExceeded)
    expect(() => limit.check(request)).toThrow(
      expect.objectContaining({ code: 'ERR_RATE_LIMITED', status: 429, description: 'slow down', retryAfter: 60 }),
    )
    expect(limiter.currentLimit(request)).toMatchObject({ breached: true, source: 'check' })
    expect(limiter.currentLimits(request)).toEqual([limiter.currentLimit(request)])
  })

  test('is rejected by check where the storage answers later', async () => {
    const { limiter } = bench({ storage: new MoodyStorage('later') })
    const limit = limiter.limit('1/minute')
    await limit.check({ client: 'ann' })
    await expect(limit.check({ client: 'ann' })).rejects.toBeInstanceOf(RateLimitExceeded)
  })
})

describe('a limiter without a framework', () => {
  test('counts endpoints by the names they are given', async () => {
    const { limiter } = bench({ defaultLimits: ['1/minute'] })
    const decide = (endpoint: string) => limiter.decide({ client: 'ann' }, { endpoint })
    expect([decide('mail'), decide('mail'), decide('sms')]).toMatchObject([
      { allowed: true },
      { allowed: false },
      { allowed: true },
    ])
  })

  test('explains, clears and resets', async () => {
    const it = bench({ defaultLimits: ['1/minute'] })
    const request = { client: 'ann' }
    await it.limiter.decide(request, { endpoint: 'work' })
    expect(await it.limiter.explain(request)).toMatchObject({
      endpoint: 'work',
      method: 'CALL',
      applies: [{ limit: '1 per 1 minute', source: 'default', key: 'sluice||endpoint|work|||1/1/minute|ann' }],
    })
    expect(await it.call()).toBe('1 per 1 minute')
    expect(await it.limiter.clear({ key: 'ann', endpoint: 'work' })).toBe(1)
    expect(await it.call()).toBe('ok')
    expect(await it.limiter.reset()).toBe(1)
    expect(await it.call()).toBe('ok')
  })

  test('resets what its prefix covers, and nothing else', async () => {
    const storage = new MoodyStorage()
    const [a, ab, none] = ['a', 'a|b', ''].map((keyPrefix) =>
      bench({ defaultLimits: ['1/minute'], keyPrefix, storage }),
    )
    for (const each of [a!, ab!, none!]) await each.call()
    expect(await a!.limiter.reset()).toBe(1)
    expect([await a!.call(), await ab!.call(), await none!.call()]).toEqual(['ok', '1 per 1 minute', '1 per 1 minute'])
    expect(await none!.limiter.reset()).toBe(1)
    expect([await none!.call(), await ab!.call()]).toEqual(['ok', '1 per 1 minute'])
  })

  test('has no response by which a limit could be charged late', () => {
    expect(() => bench().limiter.limit('1/minute', { deductWhen: () => true })).toThrow(ConfigurationError)
    expect(() => bench({ defaultLimits: [{ limit: '1/minute', deductWhen: () => true }] })).toThrow(ConfigurationError)
    expect(() => bench({ defaultLimits: ['1/minute'], defaultLimitsDeductWhen: () => true })).toThrow(
      ConfigurationError,
    )
  })

  test('is ready when its storage answers, and says why not', async () => {
    await bench().limiter.ready()
    await expect(bench({ storage: new MoodyStorage('fails') }).limiter.ready()).rejects.toMatchObject({
      code: 'ERR_STORAGE_UNAVAILABLE',
      message: 'moody failed: connection refused',
      cause: new Error('connection refused'),
    })
  })

  test('clears dynamic limits and scopes where they are named', async () => {
    const it = bench()
    const limit = it.limiter.limit(() => '1/minute', { scope: () => 'blue' })
    const limits = [limit]
    expect(await calls(it, 2, 'ann', limits)).toEqual(['ok', '1 per 1 minute'])
    await it.limiter.clear({ key: 'ann' })
    expect(await it.call('ann', limits)).toBe('1 per 1 minute')
    await it.limiter.clear({ key: 'ann', limits: ['1/minute'], scope: 'blue' })
    expect(await it.call('ann', limits)).toBe('ok')
  })

  test('says what clear cannot do', async () => {
    const { limiter } = bench({ defaultLimits: ['1/minute'] })
    await expect(limiter.clear({ key: '' })).rejects.toThrow('limiter.clear: key: expected a client\'s key, got ""')
    await expect(limiter.clear({ key: 'ann', endpoint: 'work' })).rejects.toThrow(
      'limiter.clear: endpoint: no endpoint "work"; there are none yet',
    )
    await expect(limiter.clear({ key: 'ann', keys: ['a'] } as never)).rejects.toThrow(
      'unknown option "keys"; did you mean key?',
    )
  })
})
