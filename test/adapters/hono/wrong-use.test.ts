import { describe, expect, test } from 'vitest'
import { createLimiter } from '../../../src/adapters/hono/index.ts'
import { type Log, limiterWith, ok, once, served, setUp } from './playground.ts'
import { VERSIONS } from './versions.ts'

const loosely = (value: unknown): never => value as never

test('what cannot be an app, a group, an exemption or an option is answered', () => {
  const limiter = limiterWith()
  expect(() => limiter.init(loosely({ use: 5 }))).toThrow(
    'limiter.init: expected a Hono app, made by new Hono(), got {"use":5}',
  )
  expect(() => limiter.group(loosely('/api'), once)).toThrow(
    'limiter.group: expected a Hono app, made by new Hono(), got "/api"',
  )
  expect(() => limiter.exempt(loosely('/api'))).toThrow(
    'limiter.exempt: expected scopes such as { default: true }, got "/api"',
  )
  expect(() => limiter.limit('5 an hour')).toThrow('limiter.limit: cannot read the limit')
  expect(() => createLimiter(loosely({}))).toThrow('key: remoteAddress')
  expect(() => createLimiter(loosely(undefined))).toThrow('createLimiter: expected options')
  expect(() => limiterWith({ trustProxy: loosely(true) })).toThrow('trustProxy: true does not say whom to believe')
  expect(() => limiter.limit(once).wrap(() => 'never')()).toThrow('called while no request is handled')
})

describe.each(VERSIONS)('wrong use in $name', (version) => {
  test('init after a route is an error, not a limit that is never asked', () => {
    const app = new version.Hono().use(async (_context, next) => next()).get('/a', ok)
    expect(() => limiterWith().init(app)).toThrow(
      'limiter.init(app) has to stand before the routes, and GET /a is there already: Hono runs handlers in the order in which they are declared',
    )
  })

  test('what only shows when a request comes is an error of that request', async () => {
    const { app, limiter } = setUp(version)
    const free = new version.Hono()
    const messages: string[] = []
    for (const each of [app, free]) {
      each.onError((error, context) => {
        messages.push(error.message)
        return context.text('', 500)
      })
    }
    app.use('/use', limiter.exempt())
    app.get('/use', ok)
    free.get('/unknown', limiterWith().limit(once), ok)
    free.get('/check', async (context) => (await limiter.check(context), context.text('ok')))
    await (await served(app)).expect('/use', 500)
    const play = await served(free)
    for (const path of ['/unknown', '/check']) await play.expect(path, 500)
    expect(messages).toEqual([
      'limiter.exempt() exempts the route it is attached to; for a sub-app write limiter.exempt(subApp)',
      'limiter.limit(…) runs in an app that its limiter does not know; call limiter.init(app)',
      expect.stringContaining('limiter.check(request): this limiter does not know the request'),
    ])
  })

  test('two limiters on one app under one prefix are warned of once', () => {
    const log: Log = []
    const app = new version.Hono()
    limiterWith({}, log).init(app)
    limiterWith({}, log).init(app)
    expect(log).toEqual(['warn WARN_SAME_PREFIX'])
  })
})
