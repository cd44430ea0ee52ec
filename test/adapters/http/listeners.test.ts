import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { isLimiterError, type Listener } from '../../../src/adapters/http/index.ts'
import { headerOf } from '../../../src/testing/adapter-contract/stage.ts'
import { MoodyStorage } from '../../../src/testing/adapter-contract/storages.ts'
import { addressOf, postInPieces } from '../slow-bodies.ts'
import { limiterWith, type Log, ok, once, served, tells, twice } from './playground.ts'

describe('a limited listener', () => {
  test('can be several routes, named by a function of request and response', async () => {
    const limiter = limiterWith({ defaultLimits: [once], unmatchedLimits: [twice] })
    const listener = limiter.handler(
      { endpoint: ({ method, url }) => (url?.startsWith('/items/') ? `${method} /items/:id` : '') },
      tells(async (request) => (await limiter.explain(request)).endpoint ?? null),
    )
    const play = await served(listener)
    await play.expect('/items/1', '"GET /items/:id"')
    await play.expect('/items/2', once)
    await play.expect('/other', ['null', 'null', twice])
  })

  test('gets what its caller hands over, and answers what it answers', async () => {
    const limiter = limiterWith({ defaultLimits: [twice] })
    const seen: unknown[] = []
    const listener = limiter.handler({ endpoint: 'a' }, (_request, response, next: () => void) => {
      response.end('ok')
      next()
      return 42
    })
    const play = await served((request, response) => {
      seen.push(listener(request, response, () => seen.push('next')))
    })
    await play.expect('/a', 'ok')
    expect(seen).toEqual(['next', 42])
  })

  test('inside another one of the same limiter counts only its own limits', async () => {
    const log: Log = []
    const limiter = limiterWith({ defaultLimits: ['3 per 1 minute'], headers: 'legacy' }, log)
    const inner = limiter.handler({ endpoint: 'inner', limits: twice }, ok)
    const play = await served(limiter.handler({ endpoint: 'outer' }, inner))
    expect(await play.header('/', 'X-RateLimit-Limit')).toBe('2')
    await play.expect('/', ['ok', twice])
    expect(log).toEqual(['warn WARN_PASSED_ON'])
  })

  test('of one limiter inside one of another: both count, and every header is there once', async () => {
    const first = limiterWith({ keyPrefix: 'first', applicationLimits: ['9 per minute'], headers: 'standard' })
    const second = limiterWith({ keyPrefix: 'second', defaultLimits: [once], headers: 'standard' })
    const play = await served(first.handler({ endpoint: 'a' }, second.handler({ endpoint: 'a' }, ok)))
    expect(await play.header('/', 'RateLimit')).toBe('"application-minute";r=8;t=60, "default-minute";r=0;t=60')
    await play.expect('/', once)
  })

  test('before() decides right there, in front of what it is given', async () => {
    const limiter = limiterWith({ defaultLimits: [once] })
    const inner = limiter.handler({ endpoint: 'a' }, ok)
    const standing = limiter.limit('3 per 1 minute')
    const play = await served(
      standing.before((request, response) =>
        request.headers.authorization ? inner(request, response) : response.writeHead(401).end(),
      ),
    )
    await play.expect('/', [401, 401])
    await play.expect('/', 'ok', { headers: { Authorization: 'yes' } })
    await play.expect('/', ['3 per 1 minute'])
  })

  test('works with createServer as its types say', async () => {
    const limiter = limiterWith({ defaultLimits: [once] })
    const server = createServer(limiter.handler({ endpoint: 'GET /' }, ok)).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    expect([(await fetch(url)).status, (await fetch(url)).status]).toEqual([200, 429])
  })

  test.each([undefined, 'GET /'])('that is none is answered: %s', (listener) => {
    const limiter = limiterWith()
    expect(() => limiter.handler({ endpoint: 'a' }, listener as never)).toThrow(
      'limiter.handler: expected a listener, got',
    )
    expect(() => limiter.limit(once).before(listener as never)).toThrow('limiter.limit(…).before: expected a listener')
  })
})

describe('errors', () => {
  test('what a listener throws is for its caller, now or later', async () => {
    const boom = (): never => {
      throw new Error('boom')
    }
    const caught: unknown[] = []
    for (const listener of [boom, async () => boom()] satisfies Listener[]) {
      for (const storage of ['now', 'later'] as const) {
        const limited = limiterWith({ defaultLimits: ['5 per minute'], storage: new MoodyStorage(storage) }).handler(
          { endpoint: 'a' },
          listener,
        )
        const play = await served(async (request, response) => {
          try {
            await limited(request, response)
          } catch (error) {
            caught.push((error as Error).message)
            response.writeHead(500).end()
          }
        })
        await play.expect('/', 500)
      }
    }
    expect(caught).toEqual(['boom', 'boom', 'boom', 'boom'])
  })

  test.each<[string, (check: () => unknown) => Listener]>([
    [
      'throws',
      (check) => (_request, response) => {
        check()
        response.end('ok')
      },
    ],
    [
      'rejects with',
      (check) => async (_request, response) => {
        await check()
        response.end('ok')
      },
    ],
  ])('a refusal by check() that a listener %s is answered like any other', async (_how, listenerOf) => {
    const limiter = limiterWith({ headers: 'legacy' })
    const block = limiter.limit(once, { onBreach: () => ({ status: 418, body: 'no tea' }) })
    const play = await served(
      limiter.handler({ endpoint: 'a' }, (request, response) =>
        listenerOf(() => block.check(request))(request, response),
      ),
    )
    expect(await play.header('/', 'X-RateLimit-Remaining')).toBe('0')
    const refused = await play.send('/')
    expect([refused.status, refused.body, headerOf(refused, 'X-RateLimit-Remaining')]).toEqual([418, 'no tea', '0'])
  })

  test('a refusal by wrap() is answered, too', async () => {
    const limiter = limiterWith()
    const count = limiter.limit(once).wrap(() => 'ok')
    const play = await served(
      limiter.handler({ endpoint: 'a' }, async (_request, response) => response.end(await count())),
    )
    await play.expect('/', ['ok', once])
  })

  test('a storage error that is raised is answered by 500, and logged', async () => {
    const log: Log = []
    const limiter = limiterWith({ defaultLimits: [once], storage: new MoodyStorage('fails') }, log)
    const errors: unknown[] = []
    limiter.on('storageError', ({ error }) => errors.push(error.code))
    const answer = await (await served(limiter.handler({ endpoint: 'a' }, ok))).send('/')
    expect([answer.status, answer.body, headerOf(answer, 'Cache-Control')]).toEqual([
      500,
      'Internal Server Error',
      'no-store',
    ])
    expect([log, errors]).toEqual([['error check-failed'], ['ERR_STORAGE_UNAVAILABLE']])
  })

  test('an answer of onBreach that cannot be sent is an error, not a pass', async () => {
    const log: Log = []
    const limiter = limiterWith({ defaultLimits: [once], onBreach: () => ({ status: 42 }) }, log)
    const play = await served(limiter.handler({ endpoint: 'a' }, ok))
    await play.expect('/', ['ok', 500])
    expect(log).toEqual(['error check-failed'])
  })

  test('a request that the limiter does not know is answered', async () => {
    const limiter = limiterWith()
    const errors: unknown[] = []
    const play = await served((request, response) => {
      for (const use of [
        () => limiter.check(request),
        () => limiter.limit(once).check(request),
        limiter.limit(once).wrap(() => 'never'),
      ]) {
        try {
          void use()
        } catch (error) {
          if (isLimiterError(error)) errors.push(error.code)
        }
      }
      response.end('ok')
    })
    await play.expect('/', 'ok')
    expect(errors).toEqual(['ERR_CONFIG', 'ERR_CONFIG', 'ERR_CONFIG'])
  })
})

test('a wrapped function knows the request also in what hears of its body', async () => {
  const limiter = limiterWith({ key: ({ headers }) => headers['x-user'] as string })
  const count = limiter.limit(once).wrap(() => 'ok')
  const url = await addressOf(
    limiter.handler({ endpoint: 'POST /' }, (request, response) => {
      const answer = async (): Promise<void> => {
        try {
          response.end(await count())
        } catch (error) {
          response.end((error as Error).message)
        }
      }
      request.resume().on('end', () => void answer())
    }),
  )
  const post = async (user: string) => postInPieces(url, 'abc', { 'X-User': user })
  expect(await Promise.all([post('ann'), post('bob')])).toEqual(['ok', 'ok'])
  expect(await Promise.all([post('ann'), post('eve')])).toEqual([once, 'ok'])
})
