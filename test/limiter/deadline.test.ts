import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { MoodyStorage } from '../../src/testing/adapter-contract/storages.ts'
import { ConfigurationError, type OnStorageError } from '../../src/index.ts'
import { lateStorage } from '../../src/storage/late-storage.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { build } from './guarded.ts'
import { bench } from './plain.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

/** From now on, timers come by so many ms late. */
function keepBusy(ms: number): void {
  const now = performance.now.bind(performance)
  vi.spyOn(performance, 'now').mockImplementation(() => now() + ms)
}

describe('a storage that does not answer', () => {
  test('is given up after the deadline', async () => {
    const { ask, said } = build(new MoodyStorage('hangs'))
    const asked = ask()
    await vi.advanceTimersByTimeAsync(249)
    expect(said).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(await asked).toBe('moody did not answer within 250 ms')
    expect(said).toEqual(['failed ERR_STORAGE_TIMEOUT', 'lost ERR_STORAGE_TIMEOUT'])
  })

  test('is given up for each call in its own time, by one timer', async () => {
    const { ask } = build(new MoodyStorage('hangs'), 9)
    const order: string[] = []
    void ask().then(() => order.push('first'))
    await vi.advanceTimersByTimeAsync(100)
    void ask().then(() => order.push('second'))
    expect(vi.getTimerCount()).toBe(1)
    await vi.advanceTimersByTimeAsync(150)
    expect(order).toEqual(['first'])
    await vi.advanceTimersByTimeAsync(99)
    expect(order).toEqual(['first'])
    await vi.advanceTimersByTimeAsync(1)
    expect(order).toEqual(['first', 'second'])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('and answers too late is not listened to', async () => {
    const storage = new MoodyStorage()
    const { guard, said } = build(storage)
    let answer: (value: string) => void = () => undefined
    const asked = Promise.resolve(guard.call(() => new Promise<string>((resolve) => (answer = resolve)))).catch(
      (error: Error) => error.message,
    )
    await vi.advanceTimersByTimeAsync(250)
    answer('late')
    expect(await asked).toBe('moody did not answer within 250 ms')
    expect(said).toEqual(['failed ERR_STORAGE_TIMEOUT', 'lost ERR_STORAGE_TIMEOUT'])
  })

  test('and fails too late is no unhandled rejection', async () => {
    const { guard } = build(new MoodyStorage())
    let fail: (error: Error) => void = () => undefined
    const asked = Promise.resolve(guard.call(() => new Promise((_, reject) => (fail = reject)))).catch(
      (error: Error) => error.message,
    )
    await vi.advanceTimersByTimeAsync(250)
    fail(new Error('late'))
    expect(await asked).toBe('moody did not answer within 250 ms')
  })

  test('is given a moment more where the process was busy itself: answers may wait to be read', async () => {
    const { guard, said } = build(new MoodyStorage())
    let answer: (value: string) => void = () => undefined
    const asked = guard.call(() => new Promise<string>((resolve) => (answer = resolve)))
    keepBusy(300)
    await vi.advanceTimersByTimeAsync(250)
    answer('there')
    expect([await asked, said]).toEqual(['there', []])
  })

  test('is given that moment once, however busy the process stays', async () => {
    const { ask, said } = build(new MoodyStorage('hangs'))
    void ask()
    keepBusy(300)
    await vi.advanceTimersByTimeAsync(250 + 24)
    expect(said).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(said).toEqual(['failed ERR_STORAGE_TIMEOUT', 'lost ERR_STORAGE_TIMEOUT'])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('leaves no timer behind when everything else was answered', async () => {
    const { ask } = build(new MoodyStorage('later'))
    await ask()
    await vi.advanceTimersByTimeAsync(250)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a start', () => {
  test('waits 10 s for a storage to connect, or the deadline of requests if that is longer', async () => {
    const storage = new MoodyStorage('hangs')
    for (const [timeoutMs, longest] of [
      [250, 10_000],
      [30_000, 30_000],
    ] as const) {
      const { guard, said } = build(storage, 1, timeoutMs)
      let failure: unknown
      void guard.connect().catch((error: unknown) => (failure = error))
      await vi.advanceTimersByTimeAsync(longest - 1)
      expect(failure).toBeUndefined()
      await vi.advanceTimersByTimeAsync(1)
      expect(failure).toMatchObject({
        code: 'ERR_STORAGE_TIMEOUT',
        message: `moody did not answer within ${longest} ms`,
      })
      expect([said, guard.isClosed]).toEqual([[], true])
    }
  })
})

describe('the deadline of a request', () => {
  /** A limiter whose storage takes five seconds to load. */
  function loading(outcome: Storage | Error, onStorageError: OnStorageError = 'raise') {
    const load = (): Promise<Storage> =>
      new Promise((resolve, reject) => {
        setTimeout(() => (outcome instanceof Error ? reject(outcome) : resolve(outcome)), 5000)
      })
    const storage = lateStorage({ name: 'late', atomicity: 'batch' }, load)
    return bench({ storage, defaultLimits: ['1/day'], onStorageError })
  }

  test.each(['raise', 'fallback'] as const)('begins when the storage is loaded (%s)', async (onStorageError) => {
    const { call } = loading(new MoodyStorage(), onStorageError)
    const asked = [call(), call()]
    await vi.advanceTimersByTimeAsync(5000)
    expect(await Promise.all(asked)).toEqual(['ok', '1 per 1 day'])
  })

  test('ends for a storage that was loaded and does not answer', async () => {
    const { call } = loading(new MoodyStorage('hangs'))
    const asked = call()
    await vi.advanceTimersByTimeAsync(5000)
    await vi.advanceTimersByTimeAsync(250)
    expect(await asked).toBe('late did not answer within 250 ms')
  })

  test('does not hide why a storage cannot be loaded', async () => {
    const { call } = loading(new Error('broken'))
    const asked = call()
    await vi.advanceTimersByTimeAsync(5000)
    expect(await asked).toBe('late failed: broken')
  })

  test.each(['raise', 'allow', 'refuse', 'fallback'] as const)(
    'does not make an outage of a library that is not installed (%s)',
    async (onStorageError) => {
      const { call } = loading(new ConfigurationError('not installed'), onStorageError)
      const asked = [call(), call()]
      await vi.advanceTimersByTimeAsync(5000)
      expect(await Promise.all(asked)).toEqual(['not installed', 'not installed'])
    },
  )

  test('begins at once for a storage that has been loaded by an async function', async () => {
    const storage = Object.assign(new MoodyStorage(), { load: async () => undefined })
    const { call } = bench({ storage, defaultLimits: ['1/day'] })
    expect(await call()).toBe('ok')
    storage.load = () => expect.unreachable()
    expect(await call()).toBe('1 per 1 day')
  })

  test('begins when the storage is loaded for what is asked of no request, too', async () => {
    const { limiter } = loading(new MoodyStorage())
    const reset = limiter.reset()
    await vi.advanceTimersByTimeAsync(5000)
    expect(await reset).toBe(0)
  })
})
