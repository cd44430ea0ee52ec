import { createServer } from 'node:http'
import type { Request } from 'express'
import { describe, expect, test } from 'vitest'
import {
  ConfigurationError,
  createLimiter,
  type ExpressLimiter,
  NotationError,
  remoteAddress,
} from '../../../src/adapters/express/index.ts'
import { limiterWith, type Log, ok, served, tells } from './playground.ts'
import { VERSIONS } from './versions.ts'

/** What a wrong use is told. */
function complaint(use: () => unknown): string {
  try {
    use()
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message
    throw error
  }
  return 'nothing to complain about'
}

const loosely = (value: unknown) => value as never

describe('createLimiter', () => {
  test.each([
    [undefined, 'createLimiter: expected options such as { key: remoteAddress }, got undefined'],
    [{}, 'createLimiter: key: expected a function that names the client, such as key: remoteAddress, got undefined'],
    [
      { key: 'ip' },
      'createLimiter: key: expected a function that names the client, such as key: remoteAddress, got "ip"',
    ],
    [
      { key: remoteAddress, defaultLimit: ['5/minute'] },
      /^createLimiter: unknown option "defaultLimit"; did you mean defaultLimits\?/,
    ],
    [{ key: remoteAddress, keyFunc: remoteAddress }, /unknown option "keyFunc"; did you mean key\?/],
    [{ key: remoteAddress, error: 'next' }, /unknown option "error"; did you mean errors\?/],
    [{ key: remoteAddress, errors: 'nxt' }, "errors: expected 'answer' or 'next', got \"nxt\"; did you mean 'next'?"],
    [
      { key: remoteAddress, ipv6Prefix: 0 },
      'ipv6Prefix: 0 cannot be a prefix length; expected an integer from 1 to 128',
    ],
    [{ key: remoteAddress, headers: 'legcy' }, /^headers: "legcy" is no set of headers; expected "legacy"/],
    [{ key: remoteAddress, headers: ['standard', 'draft-7'] }, /^Two headers are named RateLimit/],
    [{ key: remoteAddress, headerNames: { limits: 'X' } }, /^headerNames: there is no header "limits"/],
    [{ key: remoteAddress, retryAfter: 'date' }, "retryAfter: expected 'delta-seconds' or 'http-date', got \"date\""],
    [{ key: remoteAddress, storage: 'memroy://' }, /did you mean "memory"\?$/],
    [{ key: remoteAddress, storageOptions: { maxkeys: 5 } }, /did you mean "maxKeys"\?$/],
    [{ key: remoteAddress, strategy: 'fixed' }, /fixed-window/],
    [
      { key: remoteAddress, defaultLimits: '5 per minute' },
      'defaultLimits: expected a list such as [\'5 per minute\'], got "5 per minute"',
    ],
  ])('answers %o', (options, message) => {
    expect(complaint(() => createLimiter(loosely(options)))).toMatch(message)
  })

  test.each([
    ['5 per fortnight', 6, 'second, minute, hour, day, month or year'],
    ['5', 1, '"per" or "/"'],
    ['5 per 0 minutes', 6, 'an integer from 1 to 150119987579 for a minute'],
    ['5/minute;', 9, 'a number, as the 5 in "5 per minute"'],
  ])('says where the notation %s goes wrong, and what was expected there', (notation, position, expected) => {
    const make = () => limiterWith({ defaultLimits: ['1/day', notation] })
    expect(make).toThrow(NotationError)
    expect(make).toThrow(expect.objectContaining({ notation, position, expected }))
    expect(make).toThrow(`defaultLimits[1]: cannot`)
  })
})

describe.each(VERSIONS)('wrong use in $name', ({ express }) => {
  const uses: readonly (readonly [
    name: string,
    use: (limiter: ExpressLimiter) => unknown,
    message: string | RegExp,
  ])[] = [
    [
      'init of a server',
      (limiter) => limiter.init(loosely(createServer())),
      /^limiter\.init: expected an Express app, made by express\(\), got /,
    ],
    [
      'init of a router',
      (limiter) => limiter.init(express.Router()),
      'limiter.init: expected an Express app, made by express(), got function router',
    ],
    [
      'a group that is a path',
      (limiter) => limiter.group(loosely('/api'), '5/minute'),
      'limiter.group: expected an Express router or app, got "/api"',
    ],
    [
      'a group that is a handler',
      (limiter) => limiter.group(ok, '5/minute'),
      'limiter.group: expected an Express router or app, got function ok',
    ],
    [
      'an exempt handler',
      (limiter) => limiter.exempt(ok),
      'limiter.exempt: expected an Express router or app, got function ok',
    ],
    [
      'a limit without a notation',
      (limiter) => limiter.limit(loosely(undefined)),
      "limiter.limit: expected a limit such as '5 per minute' or a function that gives one, got undefined",
    ],
    [
      'a malformed limit',
      (limiter) => limiter.limit('5 an hour'),
      /^limiter\.limit: cannot read the limit "5 an hour": at position 2 expected "per" or "\/", got "an"$/,
    ],
    [
      'an unknown option of a limit',
      (limiter) => limiter.limit('5/minute', loosely({ keyFunction: remoteAddress })),
      /^limiter\.limit: unknown option "keyFunction"; did you mean key\?/,
    ],
    [
      'an option of meta limits',
      (limiter) => limiter.limit('5/minute', { metaLimits: [loosely({ limit: '1/day', deductWhen: () => true })] }),
      /^limiter\.limit: metaLimits\[0\]: unknown option "deductWhen"/,
    ],
    [
      'no methods',
      (limiter) => limiter.limit('5/minute', { methods: [] }),
      'limiter.limit: methods: expected at least one HTTP method, got an empty list; leave it out to limit every method',
    ],
    [
      'a cost that can never pass',
      (limiter) => limiter.limit('5/minute', { cost: 6 }),
      'limiter.limit: a cost of 6 can never pass the limit 5 per 1 minute',
    ],
    [
      'a negative cost',
      (limiter) => limiter.limit('5/minute', { cost: -1 }),
      'limiter.limit: cost: expected an integer from 0 to 2^53 - 1 or a function, got -1',
    ],
    [
      'a shared limit without a scope',
      (limiter) => limiter.sharedLimit('5/minute', loosely(undefined)),
      'limiter.sharedLimit: scope: expected the name of what is shared, or a function of the endpoint, got undefined',
    ],
    [
      'an unknown exemption scope',
      (limiter) => limiter.exempt(loosely({ defaults: true })),
      /^limiter\.exempt: unknown option "defaults"; did you mean default\?/,
    ],
    [
      'an exemption from nothing',
      (limiter) => limiter.exempt({ default: false }),
      /^limiter\.exempt: expected at least one scope that is true/,
    ],
    [
      'a filter that is none',
      (limiter) => limiter.requestFilter(loosely(true)),
      'requestFilter: expected a function, got true',
    ],
  ]

  test.each(uses)('%s is answered', (_name, use, message) => {
    expect(complaint(() => use(limiterWith()))).toMatch(message)
  })

  test('a request that the limiter does not know is answered', async () => {
    const limiter = limiterWith()
    const app = express()
    app.get(
      '/a',
      tells((request: Request) => complaint(() => limiter.check(request))),
    )
    app.get(
      '/b',
      tells((request: Request) => complaint(() => limiter.limit('5/minute').check(request))),
    )
    const play = await served(app)
    for (const [path, method] of [
      ['/a', 'check'],
      ['/b', 'limit(…).check'],
    ]) {
      expect(JSON.parse((await play.send(path!)).body)).toMatch(
        `limiter.${method}(request): this limiter does not know the request`,
      )
    }
  })

  test.each([undefined, null, '/a'])('%o instead of a request is told of', (request) => {
    expect(complaint(() => limiterWith().check(request as never))).toMatch(
      'limiter.check(request): this limiter does not know the request',
    )
  })

  test('limiter.check() outside of a route, and wrapped functions outside of a request, are answered', async () => {
    const app = express()
    const limiter = limiterWith({ defaultLimits: ['5/minute'] }).init(app)
    app.use(tells((request) => complaint(() => limiter.check(request))))
    const play = await served(app)
    expect(JSON.parse((await play.send('/')).body)).toBe(
      'limiter.check(request): no route is matched yet; call it in the handler of a route',
    )
    const send = () => 'sent'
    expect(complaint(limiter.limit('5/minute').wrap(send))).toMatch(
      /^limit\(…\)\.wrap\(send\): called while no request is handled/,
    )
  })

  test('a limiter that is installed while a request is handled is warned of', async () => {
    const log: Log = []
    const app = express()
    const outer = limiterWith().init(app)
    app.get('/a', outer.exempt(), (request, response) => {
      const inner = express()
      limiterWith({ keyPrefix: 'inner', defaultLimits: ['1/minute'] }, log).init(inner)
      inner.get('/a', ok)
      inner(request, response)
    })
    await (await served(app)).expect('/a', ['ok', 'ok'])
    expect(log).toEqual(['warn WARN_LIMITER_IN_HANDLER', 'warn WARN_LIMITER_IN_HANDLER'])
  })

  test('two limiters on one app under one prefix are warned of once, unless they are told to be silent', async () => {
    for (const silence of [[], ['WARN_SAME_PREFIX']] as const) {
      const log: Log = []
      const app = express()
      for (const strategy of ['fixed-window', 'moving-window', 'token-bucket'] as const)
        limiterWith({ strategy, silence }, log).init(app)
      expect(log).toEqual(silence.length === 0 ? ['warn WARN_SAME_PREFIX', 'warn WARN_SAME_PREFIX'] : [])
    }
  })

  test('a limit that clashes with one that is charged late is an error of its route', async () => {
    const app = express()
    const limiter = limiterWith().init(app)
    app.get('/a', limiter.limit('5/minute'), limiter.limit('5/minute', { deductWhen: () => true }), ok)
    await (await served(app)).expect('/a', 500)
  })
})
