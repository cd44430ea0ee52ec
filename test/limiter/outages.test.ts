import { describe, expect, test } from 'vitest'
import { isLimiterError, ServiceUnavailable } from '../../src/index.ts'
import { type Mood, MoodyStorage } from '../../src/testing/adapter-contract/storages.ts'
import { bench, calls } from './plain.ts'

const once = '1 per 1 day'
const twice = '2 per 1 day'
const failed = 'moody failed: connection refused'
const notAsked = `moody is not asked until it answers again: ${failed}`
const unavailable = 'The request cannot be checked against its limits at the moment.'

describe('onStorageError', () => {
  test.each([
    ['raise', [failed, failed, failed, notAsked]],
    ['allow', ['ok', 'ok', 'ok', 'ok']],
    ['refuse', [unavailable, unavailable, unavailable, unavailable]],
    ['fallback', ['ok', 'ok', twice, twice]],
    [{ fallback: [once] }, ['ok', once, once, once]],
  ] as const)('%o answers an outage', async (onStorageError, expected) => {
    const storage = new MoodyStorage('fails')
    expect(await calls(bench({ defaultLimits: [twice], storage, onStorageError }), 4)).toEqual(expected)
    // The two that fall back do not ask again, the others try three times.
    expect(storage.batches).toHaveLength(
      expected[1] === 'ok' && expected[2] === twice ? 1 : typeof onStorageError === 'object' ? 1 : 3,
    )
  })

  test.each(['raise', 'allow', 'refuse', 'fallback', { fallback: [once] }] as const)(
    '%o leaves requests alone that nothing limits',
    async (onStorageError) => {
      const storage = new MoodyStorage('fails')
      expect(await calls(bench({ storage, onStorageError }), 2)).toEqual(['ok', 'ok'])
      expect(storage.batches).toEqual([])
    },
  )

  test("'refuse' is told apart from a refusal, and tells the cause", async () => {
    const { limiter } = bench({ defaultLimits: [once], storage: new MoodyStorage('fails'), onStorageError: 'refuse' })
    const error = await Promise.resolve()
      .then(async () => limiter.decide({ client: 'ann' }, { endpoint: 'work' }))
      .catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(ServiceUnavailable)
    expect(isLimiterError(error) && [error.code, (error.cause as Error).message]).toEqual([
      'ERR_STORAGE_UNAVAILABLE',
      failed,
    ])
  })

  test('tells by the decision who decided', async () => {
    const storage = new MoodyStorage()
    const it = bench({ defaultLimits: [twice], storage, onStorageError: 'fallback' })
    expect((await it.decide()).source).toBe('storage')
    storage.mood = 'fails'
    expect((await it.decide()).source).toBe('local')
    const passing = bench({ defaultLimits: [twice], storage, onStorageError: 'allow' })
    expect(await passing.decide()).toMatchObject({ source: 'none', allowed: true, limits: [], limit: undefined })
  })

  test.each<[Mood, Mood]>([
    ['fails', 'now'],
    ['fails', 'later'],
  ])('goes back to the storage when it is there again (%s, then %s)', async (before, after) => {
    const storage = new MoodyStorage(before)
    const it = bench({ defaultLimits: [twice], storage, onStorageError: 'fallback' })
    expect(await calls(it, 3)).toEqual(['ok', 'ok', twice])
    storage.mood = after
    it.clock.advance(1999)
    expect(await it.call()).toBe(twice)
    it.clock.advance(1)
    expect(await calls(it, 3)).toEqual(['ok', 'ok', twice])
    expect((await it.decide()).source).toBe('storage')
    expect(it.log.filter((each) => each.includes('storage'))).toEqual([
      'warn storage-unreachable',
      'info storage-recovered',
    ])
  })

  test('of limits instead keeps exemptions by method and condition of the limits that it replaces out of it', async () => {
    const it = bench({
      defaultLimits: [{ limit: twice, methods: ['POST'] }],
      storage: new MoodyStorage('fails'),
      onStorageError: { fallback: [once] },
    })
    expect([
      await it.call('ann', [], 'GET'),
      await it.call('ann', [], 'POST'),
      await it.call('ann', [], 'POST'),
    ]).toEqual(['ok', 'ok', once])
  })

  test('answers a full storage without taking it for lost', async () => {
    const full = { uri: 'memory://', maxKeys: 1 }
    const options = { defaultLimits: [once], storage: full }
    for (const [onStorageError, expected] of [
      ['raise', /^.*(room|full|keys)/i],
      ['allow', /^ok$/],
      ['refuse', unavailable],
      ['fallback', unavailable],
    ] as const) {
      const it = bench({ ...options, onStorageError })
      expect(await it.call('ann')).toBe('ok')
      expect(await it.call('bob')).toMatch(expected)
      expect(await it.call('ann')).toBe(once)
    }
  })
})

describe('an error of a function of the user', () => {
  const boom = () => {
    throw new Error('boom')
  }
  const limit = { limit: once }
  const places = {
    'a key': { key: boom, defaultLimits: [limit] },
    'a notation': { defaultLimits: [boom] },
    'a cost': { defaultLimits: [{ ...limit, cost: boom }] },
    'a condition': { defaultLimits: [{ ...limit, exemptWhen: boom }] },
    'a scope': { defaultLimits: [{ ...limit, scope: boom }] },
  }

  test.each(Object.entries(places))(
    'in %s follows onCallbackError, and is none of the storage',
    async (_name, options) => {
      const storage = new MoodyStorage()
      const raising = bench({ ...options, storage, onStorageError: 'allow' })
      const heard: unknown[] = []
      raising.limiter.on('callbackError', ({ error }) => heard.push((error as Error).message))
      expect(await calls(raising, 4)).toEqual(['boom', 'boom', 'boom', 'boom'])
      expect([heard.length, storage.batches.length]).toEqual([4, 0])
      const allowing = bench({ ...options, storage, onCallbackError: 'allow' })
      expect(await calls(allowing, 2)).toEqual(['ok', 'ok'])
      expect(allowing.log).toEqual(['error check-failed-swallowed', 'error check-failed-swallowed'])
    },
  )

  test('in a filter follows onCallbackError', async () => {
    for (const [onCallbackError, expected] of [
      ['raise', 'boom'],
      ['allow', 'ok'],
    ] as const) {
      const it = bench({ defaultLimits: [limit], onCallbackError })
      it.limiter.requestFilter(boom)
      expect(await it.call()).toBe(expected)
    }
  })

  test.each(['onBreach', 'errorMessage'] as const)('in %s never turns a refusal into a pass', async (name) => {
    for (const [onCallbackError, expected] of [
      ['raise', 'boom'],
      ['allow', once],
    ] as const) {
      const it = bench({ defaultLimits: [{ ...limit, [name]: boom }], onCallbackError })
      expect(await calls(it, 2)).toEqual(['ok', expected])
    }
  })
})
