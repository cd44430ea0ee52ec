import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ConfigurationError, StorageError } from '../../src/errors.ts'
import { parseLimit } from '../../src/limit/parse-limits.ts'
import { Guard } from '../../src/limiter/guard.ts'
import type { BatchResult, Entry } from '../../src/storage/storage.ts'
import { MoodyStorage } from '../../src/testing/adapter-contract/storages.ts'
import { ManualClock } from '../../src/testing/manual-clock.ts'

const ENTRIES: readonly Entry[] = [
  { key: 'k', limit: parseLimit('9/day'), strategy: 'fixed-window', cost: 1, role: 'limit' },
]

function build(storage: MoodyStorage, threshold = 1, timeoutMs = 250) {
  const clock = new ManualClock()
  const said: string[] = []
  const guard = new Guard(storage, timeoutMs, threshold, clock, {
    failed: (error) => void said.push(`failed ${error.code}`),
    lost: (error) => void said.push(`lost ${error.code}`),
    found: () => void said.push('found'),
  })
  /** Asks the storage, and answers what came of it. */
  const ask = async (): Promise<string> => {
    try {
      const result: BatchResult = await guard.evaluate(ENTRIES, { now: clock.now() })
      return `${result.verdicts[0]!.remaining} left`
    } catch (error) {
      return (error as Error).message
    }
  }
  return { clock, said, guard, ask }
}

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

describe('a storage that answers', () => {
  test('at once is answered for at once', () => {
    const { guard } = build(new MoodyStorage())
    expect(guard.evaluate(ENTRIES, {})).toMatchObject({ allowed: true })
  })

  test('in time is waited for', async () => {
    const { ask, said } = build(new MoodyStorage('later'))
    expect(await ask()).toBe('8 left')
    expect(said).toEqual([])
  })
})

describe('a storage that fails', () => {
  test.each(['fails', 'later'] as const)(
    'is a StorageError with its cause, whether it throws or rejects (%s)',
    async (mood) => {
      const storage = new MoodyStorage('fails')
      const { guard } = build(storage)
      const cause = new Error('connection refused')
      const call =
        mood === 'later'
          ? () => Promise.reject(cause)
          : () => {
              throw cause
            }
      const error = await Promise.resolve()
        .then(() => guard.call(call))
        .catch((caught: unknown) => caught)
      expect(error).toBeInstanceOf(StorageError)
      expect(error).toMatchObject({
        code: 'ERR_STORAGE_UNAVAILABLE',
        message: 'moody failed: connection refused',
        cause,
      })
    },
  )

  test('with a StorageError of its own is told of by that', () => {
    const { guard } = build(new MoodyStorage())
    const own = new StorageError('ERR_STORAGE_CONTENTION', 'too many writers')
    expect(() =>
      guard.call(() => {
        throw own
      }),
    ).toThrow(own)
  })

  test('by a wrong configuration does not count as failing', () => {
    const { guard, said } = build(new MoodyStorage())
    expect(() =>
      guard.call(() => {
        throw new ConfigurationError('no such database')
      }),
    ).toThrow('no such database')
    expect([guard.isClosed, said]).toEqual([true, []])
  })

  test('for want of room does not count as lost', () => {
    const { guard, said } = build(new MoodyStorage())
    expect(() =>
      guard.call(() => {
        throw new StorageError('ERR_STORAGE_FULL', 'full')
      }),
    ).toThrow('full')
    expect([guard.isClosed, said]).toEqual([true, ['failed ERR_STORAGE_FULL']])
  })
})

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

describe('the breaker', () => {
  test('opens at the failure that it is told to, if no success comes between', async () => {
    const storage = new MoodyStorage('fails')
    const { guard, ask, said } = build(storage, 3)
    await ask()
    await ask()
    storage.mood = 'now'
    await ask()
    storage.mood = 'fails'
    await ask()
    await ask()
    expect(guard.isClosed).toBe(true)
    await ask()
    expect(guard.isClosed).toBe(false)
    expect(said.filter((each) => each.startsWith('lost'))).toEqual(['lost ERR_STORAGE_UNAVAILABLE'])
  })

  test('lets nobody through but one probe after 2, 4, 8, 16, 32, 32 s', async () => {
    const storage = new MoodyStorage('fails')
    const { guard, ask, clock } = build(storage)
    await ask()
    const probes: number[] = []
    for (let second = 1; second <= 100; second += 1) {
      clock.advance(1000)
      storage.pings = 0
      expect(guard.admit()).toBe(false)
      if (storage.pings > 0) probes.push(second)
    }
    expect(probes).toEqual([2, 6, 14, 30, 62, 94])
    expect(storage.batches).toHaveLength(1)
  })

  test('is not kept open by a clock that goes back', async () => {
    const storage = new MoodyStorage('fails')
    const { guard, ask, clock } = build(storage)
    await ask()
    storage.mood = 'now'
    clock.advance(-30_000)
    expect(guard.admit()).toBe(false)
    clock.advance(-3_600_000)
    expect(guard.admit()).toBe(true)
  })

  test('closes when the probe is answered, and begins with 2 s again', async () => {
    const storage = new MoodyStorage('fails')
    const { guard, ask, clock, said } = build(storage)
    await ask()
    clock.advance(2000)
    expect(guard.admit()).toBe(false)
    storage.mood = 'now'
    clock.advance(4000)
    expect([guard.admit(), guard.isClosed, guard.admit()]).toEqual([true, true, true])
    storage.mood = 'fails'
    await ask()
    clock.advance(1999)
    expect(guard.admit()).toBe(false)
    storage.mood = 'now'
    clock.advance(1)
    expect(guard.admit()).toBe(true)
    expect(said).toEqual([
      'failed ERR_STORAGE_UNAVAILABLE',
      'lost ERR_STORAGE_UNAVAILABLE',
      'found',
      'failed ERR_STORAGE_UNAVAILABLE',
      'lost ERR_STORAGE_UNAVAILABLE',
      'found',
    ])
  })

  test('lets one request wait for the probe, and none of the others', async () => {
    const storage = new MoodyStorage('fails')
    const { guard, ask, clock } = build(storage)
    await ask()
    storage.mood = 'later'
    clock.advance(2000)
    const probing = guard.admit()
    expect([guard.admit(), guard.admit(), storage.pings]).toEqual([false, false, 1])
    expect(await probing).toBe(true)
    expect(guard.admit()).toBe(true)
  })

  test('gives a probe no more time than any call', async () => {
    const storage = new MoodyStorage('fails')
    const { guard, ask, clock } = build(storage)
    await ask()
    storage.mood = 'hangs'
    clock.advance(2000)
    const probing = guard.admit()
    await vi.advanceTimersByTimeAsync(250)
    expect(await probing).toBe(false)
    storage.mood = 'now'
    clock.advance(3999)
    expect(guard.admit()).toBe(false)
    clock.advance(1)
    expect(guard.admit()).toBe(true)
  })

  test('says why nobody asks', async () => {
    const { guard, ask } = build(new MoodyStorage('fails'))
    await ask()
    expect(guard.unavailable()).toMatchObject({
      code: 'ERR_STORAGE_UNAVAILABLE',
      message: 'moody is not asked until it answers again: moody failed: connection refused',
      cause: { message: 'moody failed: connection refused' },
    })
  })
})
