import { describe, expect, test } from 'vitest'
import type { BoundStorage, FetchLimiterOptions } from '../../../src/adapters/fetch/index.ts'
import { MoodyStorage } from '../../../src/testing/adapter-contract/storages.ts'
import { limiterWith, ok, requestTo } from './playground.ts'

interface Env {
  readonly COUNTERS: BoundStorage
}

/** Answers the status that a request gets which brings this storage along. */
function appWith(options: Partial<FetchLimiterOptions>) {
  const limiter = limiterWith({ storage: (_request, env: Env) => env.COUNTERS, ...options })
  const handler = limiter.handler({ endpoint: 'GET /' }, (_request: Request, _env: Env) => ok())
  const send = async (COUNTERS: BoundStorage, request = requestTo()): Promise<number> =>
    (await handler(request, { COUNTERS })).status
  return { limiter, send }
}

describe('a storage that comes with each request', () => {
  test('counts the requests that bring it, and no others', async () => {
    const { send } = appWith({ defaultLimits: ['1 per minute'] })
    const [own, other] = [new MoodyStorage(), new MoodyStorage('later')]
    expect([await send(own), await send(other), await send(own), await send(other)]).toEqual([200, 200, 429, 429])
    expect([own.batches.length, other.batches.length]).toEqual([2, 2])
  })

  test('can be an address, which is opened once', async () => {
    const { send } = appWith({ defaultLimits: ['1 per minute'], storageOptions: { maxKeys: 100 } })
    expect([await send('memory://'), await send('memory://')]).toEqual([200, 429])
  })

  test('is asked for once in a request, so that it is charged where it was tested', async () => {
    const storages = [new MoodyStorage(), new MoodyStorage()]
    let asked = 0
    const { send } = appWith({
      storage: () => storages[asked++]!,
      defaultLimits: [{ limit: '2 per minute', deductWhen: () => true }],
    })
    await send('memory://')
    expect([asked, storages[0]!.batches.length, storages[1]!.batches.length]).toEqual([1, 2, 0])
  })

  test('fails by itself', async () => {
    const { send } = appWith({ defaultLimits: ['1 per minute'], onStorageError: 'refuse' })
    expect([await send(new MoodyStorage('fails')), await send(new MoodyStorage())]).toEqual([503, 200])
  })

  test('is filtered, cleared, reset and closed like any other', async () => {
    const { limiter, send } = appWith({ defaultLimits: ['1 per minute'] })
    limiter.requestFilter((request) => request.headers.has('X-Free'))
    const storages = [new MoodyStorage(), new MoodyStorage()]
    const free = requestTo('/', { headers: { 'X-Free': 'yes' } })
    const all = async (): Promise<number[]> => Promise.all(storages.map(async (storage) => send(storage)))
    expect(await limiter.reset()).toBe(0)
    expect([await all(), await all(), await send(storages[0]!, free)]).toEqual([[200, 200], [429, 429], 200])
    await limiter.clear({ key: '192.0.2.1' })
    expect([await all(), await all()]).toEqual([
      [200, 200],
      [429, 429],
    ])
    expect(await limiter.reset()).toBe(2)
    expect(await all()).toEqual([200, 200])
    await limiter.ready()
    await limiter.close()
    expect(storages.map(({ pings }) => pings)).toEqual([1, 1])
  })

  test('has to be one', async () => {
    const { send } = appWith({ defaultLimits: ['1 per minute'] })
    await expect(async () => send(undefined as never)).rejects.toThrow(
      'storage: the function has to answer an address or a storage, got undefined',
    )
    await expect(async () => send('nowhere://')).rejects.toThrow('storage: there is none for "nowhere://"')
  })

  test('is not kept in large numbers by a program that makes one for each request', async () => {
    const { limiter, send } = appWith({ defaultLimits: ['1 per minute'] })
    const storages = Array.from({ length: 1001 }, () => new MoodyStorage())
    for (const storage of storages) await send(storage)
    await limiter.ready()
    expect(storages.filter(({ pings }) => pings > 0)).toHaveLength(1000)
  })
})
