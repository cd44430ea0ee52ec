import type { Express } from 'express'
import { describe, expect, test } from 'vitest'
import type { ExpressLimiterOptions } from '../../../src/adapters/express/index.ts'
import { remoteAddress } from '../../../src/adapters/express/index.ts'
import { answersOnUnixSocket } from '../unix-socket.ts'
import { limiterWith, type Log, ok, served, tells } from './playground.ts'
import { VERSIONS } from './versions.ts'

/** Answers whom `remoteAddress` takes the client for. */
function build(
  express: () => Express,
  trust?: unknown,
  options: Partial<ExpressLimiterOptions> = {},
  log: Log = [],
): Express {
  const app = express()
  if (trust !== undefined) app.set('trust proxy', trust)
  const keys: string[] = []
  const key: ExpressLimiterOptions['key'] = (request) => {
    keys.push(remoteAddress(request))
    return keys.at(-1)
  }
  limiterWith({ key, defaultLimits: ['9 per minute'], ...options }, log).init(app)
  app.get(
    '/who',
    tells(() => keys.at(-1)),
  )
  return app
}

describe.each(VERSIONS)('remoteAddress of $name', ({ express }) => {
  test.each([
    [undefined, '192.0.2.1'],
    [false, '192.0.2.1'],
    [true, '203.0.113.1'],
    [1, '198.51.100.1'],
    [2, '203.0.113.1'],
    ['192.0.2.0/24', '198.51.100.1'],
    [['192.0.2.1', '198.51.100.0/24'], '203.0.113.1'],
    ['loopback', '192.0.2.1'],
    [(address: string) => address === '192.0.2.1', '198.51.100.1'],
  ])('follows trust proxy %s', async (trust, expected) => {
    const play = await served(build(express, trust))
    await play.expect('/who', JSON.stringify(expected), { headers: { 'X-Forwarded-For': '203.0.113.1, 198.51.100.1' } })
    await play.expect('/who', '"192.0.2.1"')
  })

  test('counts what a proxy reports as it counts what the socket does', async () => {
    const play = await served(build(express, true))
    for (const [forwarded, expected] of [
      ['2001:db8:0:1:2:3:4:5', '2001:db8:0:1::/64'],
      ['::ffff:203.0.113.1', '203.0.113.1'],
      ['::FFFF:cb00:7101', '203.0.113.1'],
      ['203.0.113.1:5678', '203.0.113.1'],
      ['[2001:db8::1]:5678', '2001:db8::/64'],
      ['unknown', 'unknown'],
    ] as const) {
      await play.expect('/who', JSON.stringify(expected), { headers: { 'X-Forwarded-For': forwarded } })
    }
  })

  test.each([
    [undefined, '2001:db8:1:2::/64'],
    [56, '2001:db8:1::/56'],
    [128, '2001:db8:1:2:3:4:5:6'],
  ])('counts IPv6 addresses by ipv6Prefix %s', async (ipv6Prefix, expected) => {
    const play = await served(build(express, undefined, ipv6Prefix === undefined ? {} : { ipv6Prefix }))
    await play.expect('/who', JSON.stringify(expected), { remoteAddress: '2001:db8:1:2:3:4:5:6' })
  })

  test('obeys the trust proxy of the app that answers', async () => {
    const app = express()
    const mounted = build(express, true)
    app.use('/m', mounted)
    limiterWith({ keyPrefix: 'outer' }).init(app)
    await (await served(app)).expect('/m/who', '"203.0.113.1"', { headers: { 'X-Forwarded-For': '203.0.113.1' } })
  })

  test('takes a client on a Unix socket for 127.0.0.1, and warns of it once', async () => {
    const log: Log = []
    const listener = build(express, undefined, {}, log)
    expect(await answersOnUnixSocket(listener, '/who')).toEqual(['"127.0.0.1"', '"127.0.0.1"'])
    expect(log).toEqual(['warn WARN_NO_ADDRESS'])
  })

  test.each([
    [
      'no proxy is trusted, and one forwards requests',
      false,
      { 'X-Forwarded-For': '203.0.113.1' },
      ['warn WARN_PROXY_UNTRUSTED'],
    ],
    ['no proxy is trusted, and none forwards requests', false, {}, []],
    ['every proxy is trusted', true, {}, ['warn WARN_PROXY_PERMISSIVE']],
    ['as many proxies are trusted as there are', 1, { 'X-Forwarded-For': '203.0.113.1' }, []],
  ])('warns once, if at all, where %s', async (_name, trust, headers, expected) => {
    const log: Log = []
    const play = await served(build(express, trust, {}, log))
    for (const path of ['/who', '/who']) await play.send(path, { headers })
    expect(log).toEqual(expected)
  })

  test('warns of keys that are whole IPv6 addresses', async () => {
    const log: Log = []
    const app = express()
    limiterWith({ key: (request) => request.socket.remoteAddress, defaultLimits: ['9/minute'] }, log).init(app)
    app.get('/a', ok)
    const play = await served(app)
    await play.expect('/a', 'ok')
    expect(log).toEqual([])
    for (const address of ['2001:db8::1', '2001:db8::2']) await play.expect('/a', 'ok', { remoteAddress: address })
    expect(log).toEqual(['warn WARN_KEY_IPV6'])
  })

  test('can be asked outside of any limiter', async () => {
    const app = express()
    app.get(
      '/who',
      tells((request) => remoteAddress(request)),
    )
    await (await served(app)).expect('/who', '"2001:db8::/64"', { remoteAddress: '2001:db8::1' })
    app.get('/ok', ok)
  })
})
