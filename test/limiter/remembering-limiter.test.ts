import { describe, expect, test } from 'vitest'
import { MoodyStorage } from '../../src/testing/adapter-contract/storages.ts'
import { type Bench, bench } from './plain.ts'

describe('a limiter before a remote storage', () => {
  class RemoteStorage extends MoodyStorage {
    connections = 0
  }

  /** Calls, and which of them asked the storage. */
  async function callsOf({ call }: Bench, storage: MoodyStorage, count: number): Promise<string[]> {
    const answers: string[] = []
    for (let i = 0; i < count; i++) {
      const before = storage.batches.length
      answers.push(`${await call()}${storage.batches.length > before ? ', asked' : ''}`)
    }
    return answers
  }

  const limit = '1 per 1 minute'

  test.each(['now', 'later'] as const)('asks once a second about a client that is refused (%s)', async (mood) => {
    const storage = new RemoteStorage(mood)
    const it = bench({ defaultLimits: [limit], storage })
    expect(await callsOf(it, storage, 4)).toEqual(['ok, asked', `${limit}, asked`, limit, limit])
    it.clock.advance(1000)
    expect(await callsOf(it, storage, 2)).toEqual([`${limit}, asked`, limit])
    expect(await it.call('bob')).toBe('ok')
  })

  test('tells of a remembered refusal as of any other, of the limit that refused alone', async () => {
    const refused: unknown[] = []
    const storage = new RemoteStorage()
    const it = bench({ defaultLimits: ['5 per 1 minute', '1 per 1 hour'], storage })
    it.limiter.on('refused', ({ limit: { limit: refusing } }) => refused.push(refusing.text))
    await it.decide()
    const asked = await it.decide()
    it.clock.advance(500)
    const known = await it.decide()
    expect(asked.limits).toHaveLength(2)
    expect(known).toMatchObject({ allowed: false, source: 'storage', now: asked.now + 500, retryAt: asked.retryAt })
    expect(known.limits).toEqual([asked.limits[1]])
    expect(known.limit).toEqual(asked.limit)
    expect(known.refusedBy).toEqual(asked.refusedBy)
    expect(refused).toEqual(['1 per 1 hour', '1 per 1 hour'])
  })

  test('asks every time where `refusalMemory` is false, and where the storage is not remote', async () => {
    for (const [storage, options] of [
      [new RemoteStorage(), { refusalMemory: false }],
      [new MoodyStorage(), {}],
    ] as const) {
      const it = bench({ defaultLimits: [limit], storage, ...options })
      expect(await callsOf(it, storage, 3)).toEqual(['ok, asked', `${limit}, asked`, `${limit}, asked`])
    }
  })

  test.each([0, -1, Number.NaN, '1000', true])('refuses a `refusalMemory` of %j', (refusalMemory) => {
    expect(() => bench({ refusalMemory: refusalMemory as number })).toThrow(
      'refusalMemory: expected false or milliseconds',
    )
  })

  test('forgets at once what is cleared or reset here', async () => {
    const storage = new RemoteStorage()
    const it = bench({ defaultLimits: [limit], storage })
    for (const forget of [() => it.limiter.reset(), () => it.limiter.clear({ key: 'ann' })]) {
      expect(await callsOf(it, storage, 3)).toEqual(['ok, asked', `${limit}, asked`, limit])
      await forget()
    }
    expect(await it.call()).toBe('ok')
  })

  test('forgets everything when the storage is lost', async () => {
    const storage = new RemoteStorage()
    const it = bench({ defaultLimits: [limit], storage, onStorageError: 'allow' })
    expect(await callsOf(it, storage, 3)).toEqual(['ok, asked', `${limit}, asked`, limit])
    storage.mood = 'fails'
    expect(await it.call('bob')).toBe('ok')
    expect(await callsOf(it, storage, 1)).toEqual(['ok, asked'])
  })

  test('is not asked for a client whom a meta limit bans', async () => {
    const storage = new RemoteStorage()
    const ban = '1 per 1 hour'
    const it = bench({ defaultLimits: [limit], metaLimits: [ban], storage })
    expect(await callsOf(it, storage, 5)).toEqual(['ok, asked', `${limit}, asked`, `${ban}, asked`, ban, ban])
  })
})
