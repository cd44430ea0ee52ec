import { EventEmitter, once as occurs } from 'node:events'
import { describe, expect, test } from 'vitest'
import { type ExpressLimiter, RateLimitExceeded } from '../../../src/adapters/express/index.ts'
import { MoodyStorage } from '../../../src/testing/adapter-contract/storages.ts'
import type { TestApp } from '../../../src/testing/adapter-contract/stage.ts'
import { limiterWith, once, served, tells } from './playground.ts'
import { VERSIONS } from './versions.ts'

const by = (user: string) => ({ headers: { 'X-User': user } })

describe.each(VERSIONS)('wrapped functions in $name', ({ express }) => {
  async function open(
    tell: (limiter: ExpressLimiter) => () => unknown,
    storage = new MoodyStorage(),
  ): Promise<TestApp> {
    const app = express()
    const limiter = limiterWith({ key: (request) => request.get('X-User') ?? 'nobody', storage }).init(app)
    app.get('/a', tells(tell(limiter)))
    return served(app)
  }

  test('keep their arguments, their this and their results', async () => {
    const play = await open((limiter) => {
      const greet = limiter.limit('9/minute').wrap(function greet(
        this: { greeting: string },
        name: string,
        times: number,
      ) {
        return `${this.greeting} ${name}`.repeat(times)
      })
      return () => greet.call({ greeting: 'hi' }, 'ann', 2)
    })
    await play.expect('/a', '"hi annhi ann"')
  })

  test('answer at once where the storage does, and later where it does not', async () => {
    for (const [mood, isPromise] of [
      ['now', false],
      ['later', true],
    ] as const) {
      const play = await open((limiter) => {
        const limited = limiter.limit('9/minute').wrap(() => 1)
        return () => limited() instanceof Promise
      }, new MoodyStorage(mood))
      await play.expect('/a', String(isPromise))
    }
  })

  test('throw or reject with RateLimitExceeded, and what they throw themselves is theirs', async () => {
    for (const mood of ['now', 'later'] as const) {
      const play = await open((limiter) => {
        const limited = limiter.limit(once).wrap(async () => Promise.reject(new Error('boom')))
        return async () => {
          try {
            return await limited()
          } catch (error) {
            return error instanceof RateLimitExceeded ? error.description : (error as Error).message
          }
        }
      }, new MoodyStorage(mood))
      await play.expect('/a', ['"boom"', `"${once}"`])
    }
  })

  test('know their request after awaits, in timers and in events', async () => {
    const play = await open((limiter) => {
      const limited = limiter.limit('3/minute').wrap(() => 'ok')
      return async () => {
        await Promise.resolve()
        const first = await limited()
        const second = await new Promise((resolve) => {
          setImmediate(() => resolve(limited()))
        })
        const emitter = new EventEmitter()
        const emitted = occurs(emitter, 'done')
        emitter.emit('done', limited())
        return [first, second, ...((await emitted) as string[])]
      }
    })
    await play.expect('/a', ['["ok","ok","ok"]', '3 per 1 minute'], by('ann'))
    await play.expect('/a', '["ok","ok","ok"]', by('bob'))
  })

  test('do not take one request for another', async () => {
    const play = await open((limiter) => {
      const limited = limiter.limit(once).wrap(() => 'ok')
      return async () => {
        await new Promise((resolve) => {
          setImmediate(resolve)
        })
        return limited()
      }
    })
    const users = Array.from({ length: 20 }, (_, n) => `user ${n}`)
    const answers = await Promise.all(users.map(async (user) => play.send('/a', by(user))))
    expect(answers.map(({ status }) => status)).toEqual(users.map(() => 200))
    for (const user of users) await play.expect('/a', once, by(user))
  })

  test('called by one another count each for itself', async () => {
    const play = await open((limiter) => {
      const inner = limiter.limit('2/minute').wrap(() => 'in')
      const outer = limiter.limit('9/minute').wrap(async () => [await inner(), await inner()])
      return () => outer()
    })
    await play.expect('/a', ['["in","in"]', '2 per 1 minute'])
  })
})
