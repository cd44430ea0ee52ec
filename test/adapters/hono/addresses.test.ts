import type { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { type HonoLimiterOptions, remoteAddress } from '../../../src/adapters/hono/index.ts'
import { answersOnUnixSocket } from '../unix-socket.ts'
import { type Log, served, setUp, tells } from './playground.ts'
import { listenerOf, type Version, VERSIONS } from './versions.ts'

/** Answers whom `remoteAddress` takes the client for, or what is wrong. */
function build(version: Version, options: Partial<HonoLimiterOptions> = {}, log: Log = []): Hono {
  const keys: string[] = []
  const key: HonoLimiterOptions['key'] = (context) => {
    keys.push(remoteAddress(context))
    return keys.at(-1)
  }
  const { app } = setUp(version, { key, defaultLimits: ['9 per minute'], ...options }, log)
  app.onError((error, context) => context.text(error.message))
  return app.get(
    '/who',
    tells(() => keys.at(-1)),
  )
}

describe.each(VERSIONS)('remoteAddress of $name on Node', (version) => {
  test.each<[HonoLimiterOptions['trustProxy'], string]>([
    [undefined, '192.0.2.1'],
    [0, '192.0.2.1'],
    [1, '198.51.100.1'],
    [2, '203.0.113.1'],
    [['192.0.2.0/24'], '198.51.100.1'],
    [{ header: 'X-Real-IP' }, '203.0.113.9'],
  ])('follows trustProxy %o', async (trustProxy, expected) => {
    const play = await served(build(version, trustProxy === undefined ? {} : { trustProxy }))
    const headers = { 'X-Forwarded-For': '203.0.113.1, 198.51.100.1', 'X-Real-IP': '203.0.113.9' }
    await play.expect('/who', JSON.stringify(expected), { headers })
  })

  test('counts IPv6 addresses by their first bits', async () => {
    const play = await served(build(version, { ipv6Prefix: 56 }))
    await play.expect('/who', '"2001:db8:1::/56"', { remoteAddress: '2001:db8:1:2:3:4:5:6' })
  })

  test('takes a client on a Unix socket for 127.0.0.1, and warns of it once', async () => {
    const log: Log = []
    const listener = listenerOf(build(version, {}, log))
    expect(await answersOnUnixSocket(listener, '/who')).toEqual(['"127.0.0.1"', '"127.0.0.1"'])
    expect(log).toEqual(['warn WARN_NO_ADDRESS'])
  })

  test.each<[string, Partial<HonoLimiterOptions>, Record<string, string>, Log]>([
    ['no proxy is trusted, and one forwards', {}, { 'X-Forwarded-For': '203.0.113.1' }, ['warn WARN_PROXY_UNTRUSTED']],
    ['no proxy is trusted, and none forwards', {}, {}, []],
    ['as many are trusted as there are', { trustProxy: 1 }, { 'X-Forwarded-For': '203.0.113.1' }, []],
  ])('warns once, if at all, where %s', async (_name, options, headers, expected) => {
    const log: Log = []
    const play = await served(build(version, options, log))
    await play.send('/who', { headers })
    await play.send('/who', { headers })
    expect(log).toEqual(expected)
  })

  test('can be asked outside of any limiter', async () => {
    const app = new version.Hono().get('/who', tells(remoteAddress))
    await (await served(app)).expect('/who', '"2001:db8::/64"', { remoteAddress: '2001:db8::1' })
  })
})

describe.each(VERSIONS)('remoteAddress of $name elsewhere', (version) => {
  const who = async (env: object, options: Partial<HonoLimiterOptions> = {}): Promise<string> => {
    const headers = { 'X-Forwarded-For': '203.0.113.1', 'CF-Connecting-IP': '203.0.113.9' }
    return (await build(version, options).request('/who', { headers }, env)).text()
  }

  test('is what Bun and Deno tell', async () => {
    const bun = { requestIP: (request: Request) => ({ address: new URL(request.url).hostname && '192.0.2.7' }) }
    expect(await who(bun)).toBe('"192.0.2.7"')
    expect(await who({ server: bun })).toBe('"192.0.2.7"')
    expect(await who({ remoteAddr: { hostname: '2001:db8::7' } })).toBe('"2001:db8::/64"')
    expect(await who(bun, { trustProxy: ['192.0.2.7'] })).toBe('"203.0.113.1"')
    // Unix sockets.
    expect(await who({ requestIP: () => null })).toBe('"127.0.0.1"')
    expect(await who({ remoteAddr: { transport: 'unix', path: '/tmp/socket' } })).toBe('"127.0.0.1"')
  })

  test('is that of a socket which a test makes up', async () => {
    expect(await who({ incoming: { socket: { remoteAddress: '192.0.2.7' } } })).toBe('"192.0.2.7"')
  })

  test('is what the platform says where there is no socket', async () => {
    expect(await who({}, { trustProxy: { header: 'cf-connecting-ip' } })).toBe('"203.0.113.9"')
    expect(await who({}, { trustProxy: 1 })).toBe('"203.0.113.1"')
  })

  test('is an error where nothing tells it, never one bucket for everybody', async () => {
    expect(await who({})).toBe(
      "remoteAddress: this runtime has no socket that tells the address of the client; give createLimiter trustProxy, such as { header: 'cf-connecting-ip' } or the number of proxies",
    )
    expect(await who({}, { trustProxy: { header: 'x-real-ip' } })).toBe(
      'remoteAddress: the request has no x-real-ip that trustProxy lets us believe, and this runtime has no socket that tells its address',
    )
  })
})
