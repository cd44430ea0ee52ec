import { describe, expect, test, vi } from 'vitest'
import { createLimiter, type LimiterEvents } from '../../src/index.ts'
import { MoodyStorage } from '../../src/testing/adapter-contract/storages.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'
import { byClient, type Call } from './builders.ts'
import { bench, calls } from './plain.ts'

const once = '1 per 1 day'

describe('events', () => {
  test('tell who was refused, by which limit, and the whole decision', async () => {
    const it = bench({ defaultLimits: [once, '5/day'] })
    const heard: LimiterEvents<Call>['refused'][] = []
    it.limiter.on('refused', (event) => heard.push(event))
    await calls(it, 2)
    expect(
      heard.map(({ request, limit, decision }) => [
        request.client,
        limit.limit.text,
        limit.breached,
        decision.allowed,
        decision.retryAt! - it.clock.now(),
      ]),
    ).toEqual([['ann', once, true, false, 86_400_000]])
  })

  test('tell of every refused limit once, also where several refuse and where a meta limit does', async () => {
    const it = bench({ defaultLimits: [once, '1/hour'], metaLimits: ['1/day'], failOnFirstBreach: false })
    const heard: string[] = []
    it.limiter.on('refused', ({ limit }) => heard.push(`${limit.source} ${limit.limit.text}`))
    await calls(it, 3)
    expect(heard).toEqual(['default 1 per 1 hour', 'meta 1 per 1 day'])
  })

  test('tell of an outage from the first error to the end', async () => {
    const storage = new MoodyStorage('fails')
    const it = bench({ defaultLimits: [once], storage, onStorageError: 'allow' })
    const heard: string[] = []
    it.limiter.on('storageError', ({ storage: name, error }) => heard.push(`${name} error ${error.code}`))
    it.limiter.on('storageLost', ({ storage: name, error }) => heard.push(`${name} lost ${error.code}`))
    it.limiter.on('storageFound', ({ storage: name }) => heard.push(`${name} found`))
    await calls(it, 4)
    storage.mood = 'now'
    it.clock.advance(2000)
    await it.call()
    const error = 'moody error ERR_STORAGE_UNAVAILABLE'
    expect(heard).toEqual([error, error, error, 'moody lost ERR_STORAGE_UNAVAILABLE', 'moody found'])
  })

  test('tell of a warning once', async () => {
    const it = bench({ key: () => undefined, defaultLimits: [once] })
    const heard: string[] = []
    it.limiter.on('warning', ({ code, message }) => heard.push(`${code}: ${message}`))
    await calls(it, 3)
    expect(heard).toEqual([expect.stringMatching(/^WARN_KEY_UNDEFINED: the default limit 1 per 1 day is skipped/)])
  })

  test('reach every listener, also behind one that throws, until it is off', async () => {
    const it = bench({ defaultLimits: [once] })
    const listener = vi.fn()
    it.limiter.on('refused', () => {
      throw new Error('boom')
    })
    it.limiter.on('refused', listener).on('refused', listener)
    expect(await calls(it, 2)).toEqual(['ok', once])
    expect(listener).toHaveBeenCalledTimes(1)
    it.limiter.off('refused', listener)
    expect(await it.call()).toBe(once)
    expect(listener).toHaveBeenCalledTimes(1)
  })

  test('are known by their names, and heard by functions', () => {
    const { limiter } = bench()
    expect(() => limiter.on('refusal' as never, () => {})).toThrow(
      /^limiter\.on: expected 'refused' or .+, got "refusal"; did you mean 'refused'\?$/,
    )
    expect(() => limiter.on('refused', undefined as never)).toThrow(
      'limiter.on: expected a function that listens, got undefined',
    )
  })
})

describe('warnings', () => {
  test('are not given where their code is silenced', async () => {
    const it = bench({ key: () => undefined, defaultLimits: [once], silence: ['WARN_KEY_UNDEFINED'] })
    await it.call()
    expect(it.log).toEqual([])
  })

  test('say how to silence them, and where to read about them', async () => {
    const warn = vi.fn()
    const limiter = createLimiter<Call>({ key: () => undefined, defaultLimits: [once], logger: { warn } })
    await limiter.decide({ client: 'ann' }, { endpoint: 'work' })
    expect(warn.mock.calls[0]?.[0]).toMatch(
      /\(WARN_KEY_UNDEFINED; see docs\/reference\/warnings\.md, silence it by silence: \['WARN_KEY_UNDEFINED'\]\)$/,
    )
  })

  test('go to the console where there is no logger', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const limiter = createLimiter<Call>({
      key: ({ client }) => (client === 'ann' ? undefined : ''),
      defaultLimits: [once],
    })
    for (const client of ['ann', 'bob']) await limiter.decide({ client }, { endpoint: 'work' })
    expect([warn.mock.calls.length, error.mock.calls.length]).toEqual([1, 1])
    vi.restoreAllMocks()
  })

  test('that a storage is lost, and that it is found again, goes to the console where there is no logger; refusals do not', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    const storage = new MoodyStorage('fails')
    const clock = new ManualClock()
    const limiter = createLimiter<Call>({
      key: byClient,
      defaultLimits: [once],
      storage,
      clock,
      onStorageError: 'fallback',
    })
    const decide = async () => (await limiter.decide({ client: 'ann' }, { endpoint: 'work' })).allowed
    expect([await decide(), await decide()]).toEqual([true, false])
    storage.mood = 'now'
    clock.advance(2000)
    expect([await decide(), await decide()]).toEqual([true, false])
    expect(warn.mock.calls).toEqual([
      ['sluice: storage lost: moody failed: connection refused'],
      ['sluice: storage found again: moody'],
    ])
    vi.restoreAllMocks()
  })

  test('a logger may lack any of its methods', async () => {
    const limiter = createLimiter<Call>({ key: byClient, defaultLimits: [once], logger: {} })
    for (const allowed of [true, false])
      expect(await limiter.decide({ client: 'ann' }, { endpoint: 'work' })).toMatchObject({ allowed })
  })
})
