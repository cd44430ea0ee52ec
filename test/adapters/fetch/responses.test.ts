import { describe, expect, test } from 'vitest'
import { MoodyStorage } from '../../../src/testing/adapter-contract/storages.ts'
import { limiterWith, type Log, ok, requestTo } from './playground.ts'

const LEFT = 'X-RateLimit-Remaining'

describe('the response of a limited handler', () => {
  test('comes without a promise where the handler and the storage answer at once', () => {
    const handler = limiterWith({ defaultLimits: ['1 per minute'], headers: 'legacy' }).handler(
      { endpoint: 'GET /' },
      ok,
    )
    const [first, second] = [handler(requestTo()), handler(requestTo())]
    expect(first).toBeInstanceOf(Response)
    expect(second).toBeInstanceOf(Response)
    expect([(first as Response).status, (second as Response).status]).toEqual([200, 429])
  })

  test('is the one that the handler has made, with our headers', async () => {
    const made = new Response('ok', { headers: { 'X-Own': 'yes' } })
    const answer = await limiterWith({ defaultLimits: ['9 per minute'], headers: 'legacy' }).handler(
      { endpoint: 'GET /' },
      () => made,
    )(requestTo())
    expect(answer).toBe(made)
    expect([answer.headers.get('X-Own'), answer.headers.get(LEFT)]).toEqual(['yes', '8'])
  })

  test('is copied where its headers cannot be changed', async () => {
    const limiter = limiterWith({ defaultLimits: ['9 per minute'], headers: 'legacy' })
    const redirected = await limiter.handler({ endpoint: 'GET /a' }, () =>
      Response.redirect('http://localhost/b', 303),
    )(requestTo())
    expect([redirected.status, redirected.headers.get('Location'), redirected.headers.get(LEFT)]).toEqual([
      303,
      'http://localhost/b',
      '8',
    ])
    const fetched = await limiter.handler({ endpoint: 'GET /b' }, async () => fetch('data:text/plain,hello'))(
      requestTo(),
    )
    expect([
      fetched.status,
      await fetched.text(),
      fetched.headers.get('Content-Type'),
      fetched.headers.get(LEFT),
    ]).toEqual([200, 'hello', 'text/plain', '8'])
  })

  test('is left as it is where it can be neither changed nor copied', async () => {
    const limiter = limiterWith({ defaultLimits: ['9 per minute'], headers: 'legacy' })
    const answer = await limiter.handler({ endpoint: 'GET /' }, () => Response.error())(requestTo())
    expect([answer.type, answer.headers.get(LEFT)]).toEqual(['error', null])
  })

  test('can be an answer of onBreach without a body', async () => {
    const limiter = limiterWith({ defaultLimits: ['1 per minute'], onBreach: () => ({ status: 204 }) })
    const handler = limiter.handler({ endpoint: 'GET /' }, ok)
    await handler(requestTo())
    const answer = await handler(requestTo())
    expect([answer.status, answer.body, answer.headers.get('Retry-After')]).toEqual([204, null, null])
  })

  test('to HEAD that is refused has no body, and its length all the same', async () => {
    const handler = limiterWith({ defaultLimits: ['1 per minute'] }).handler({ endpoint: 'GET /' }, ok)
    await handler(requestTo())
    const answer = await handler(requestTo('/', { method: 'HEAD' }))
    expect([answer.status, answer.body, answer.headers.get('Content-Length')]).toEqual([429, null, '14'])
  })

  test('is not read any further where its charge fails', async () => {
    const storage = new MoodyStorage()
    const limiter = limiterWith({ storage, onStorageError: 'refuse' })
    let cancelled = false
    const body = new ReadableStream({ cancel: () => void (cancelled = true) })
    const limits = [{ limit: '5 per minute', deductWhen: () => true }]
    const answer = await limiter.handler({ endpoint: 'GET /', limits }, () => {
      storage.mood = 'fails'
      return new Response(body)
    })(requestTo())
    expect([answer.status, cancelled]).toEqual([503, true])
  })

  test('is awaited for a late charge, and tells of it', async () => {
    const limits = [{ limit: '5 per minute', deductWhen: ({ status }: Response) => status === 401 }]
    const limiter = limiterWith({ storage: new MoodyStorage('later'), headers: 'legacy' })
    const answer = await limiter.handler(
      { endpoint: 'GET /', limits },
      () => new Response(null, { status: 401 }),
    )(requestTo())
    expect(answer.headers.get(LEFT)).toBe('4')
  })
})

describe('what a limited handler throws', () => {
  test('is thrown on, and charged as an answer by 500', async () => {
    const limiter = limiterWith()
    const limits = [{ limit: '1 per minute', deductWhen: ({ status }: Response) => status === 500 }]
    const handler = limiter.handler({ endpoint: 'GET /', limits }, () => {
      throw new Error('boom')
    })
    await expect(async () => handler(requestTo())).rejects.toThrow('boom')
    expect((await handler(requestTo())).status).toBe(429)
  })

  test('stays what it is where its charge fails', async () => {
    const log: Log = []
    const storage = new MoodyStorage()
    const limits = [{ limit: '1 per minute', deductWhen: () => true }]
    const handler = limiterWith({ storage }, log).handler({ endpoint: 'GET /', limits }, () => {
      storage.mood = 'fails'
      throw new Error('boom')
    })
    await expect(async () => handler(requestTo())).rejects.toThrow('boom')
    expect(log).toEqual(['error deduct-failed-swallowed'])
  })
})
