import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ConfigurationError, StorageError } from '../../src/errors.ts'
import type { Guard } from '../../src/limiter/guard.ts'
import { MoodyStorage } from '../../src/testing/adapter-contract/storages.ts'
import { build, ENTRIES } from './guarded.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})

afterEach(() => {
  vi.useRealTimers()
})

function failureOf(call: unknown): Promise<unknown> {
  return Promise.resolve(call).catch((error: unknown) => error)
}

/** A call that is given up, and what settles it all the same. */
async function giveUp(guard: Guard) {
  let answer: (value: unknown) => void = () => undefined
  let fail: (error: Error) => void = () => undefined
  const call = new Promise((resolve, reject) => ([answer, fail] = [resolve, reject]))
  const failure = failureOf(guard.call(() => call))
  await vi.advanceTimersByTimeAsync(250)
  expect(await failure).toMatchObject({ code: 'ERR_STORAGE_TIMEOUT' })
  return { answer, fail }
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

  test('counts once what several calls that were under way together fail by, such as a lost connection', async () => {
    const { guard, said } = build(new MoodyStorage(), 2)
    const cause = new Error('connection lost')
    let lose: (error: Error) => void = () => undefined
    const connection = new Promise((_, reject) => (lose = reject))
    const failures = Array.from({ length: 5 }, () => failureOf(guard.call(() => connection)))
    lose(cause)
    for (const failure of await Promise.all(failures)) expect(failure).toMatchObject({ cause })
    expect([guard.isClosed, said.length]).toEqual([true, 5])
    await failureOf(guard.call(() => connection))
    expect(guard.isClosed).toBe(false)
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
      'failed ERR_STORAGE_UNAVAILABLE',
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

  test('tries a storage at once that answers what was given up on: it had stalled', async () => {
    const storage = new MoodyStorage('now')
    const { guard, said } = build(storage)
    const { answer } = await giveUp(guard)
    expect(guard.admit()).toBe(false)
    answer('late')
    await vi.advanceTimersByTimeAsync(0)
    expect([guard.isClosed, guard.admit(), storage.pings]).toEqual([false, true, 1])
    expect(said).toEqual(['failed ERR_STORAGE_TIMEOUT', 'lost ERR_STORAGE_TIMEOUT', 'found'])
  })

  test('waits as long as it would have where a try before the end of the pause fails', async () => {
    const storage = new MoodyStorage('fails')
    const { guard, clock } = build(storage)
    const { answer } = await giveUp(guard)
    answer('late')
    await vi.advanceTimersByTimeAsync(0)
    expect([guard.admit(), guard.admit(), storage.pings]).toEqual([false, false, 1])
    clock.advance(1999)
    expect([guard.admit(), storage.pings]).toEqual([false, 1])
    clock.advance(1)
    expect([guard.admit(), storage.pings]).toEqual([false, 2])
  })

  test('waits for the end of the pause where what comes late is an error, or the answer to a probe', async () => {
    const storage = new MoodyStorage('hangs')
    const { guard, clock } = build(storage)
    const { fail } = await giveUp(guard)
    fail(new Error('late'))
    await vi.advanceTimersByTimeAsync(0)
    expect([guard.admit(), storage.pings]).toEqual([false, 0])
    clock.advance(2000)
    let answer: () => void = () => undefined
    storage.ping = () => new Promise((resolve) => (answer = resolve))
    const probing = guard.admit()
    await vi.advanceTimersByTimeAsync(250)
    answer()
    await vi.advanceTimersByTimeAsync(0)
    expect([await probing, guard.admit(), guard.isClosed]).toEqual([false, false, false])
  })

  test('says why nobody asks, as the latest probe has told it', async () => {
    const storage = new MoodyStorage('hangs')
    const { guard, ask, clock } = build(storage)
    const asked = ask()
    await vi.advanceTimersByTimeAsync(250)
    await asked
    expect(guard.unavailable().message).toBe(
      'moody is not asked until it answers again: moody did not answer within 250 ms',
    )
    storage.mood = 'fails'
    clock.advance(2000)
    expect(guard.admit()).toBe(false)
    expect(guard.unavailable()).toMatchObject({
      code: 'ERR_STORAGE_UNAVAILABLE',
      message: 'moody is not asked until it answers again: moody failed: connection refused',
      cause: { message: 'moody failed: connection refused' },
    })
  })
})
