import type Koa from 'koa'
import { describe, expect, test } from 'vitest'
import { type KoaLimiterOptions, remoteAddress } from '../../../src/adapters/koa/index.ts'
import { answersOnUnixSocket } from '../unix-socket.ts'
import { type Log, served, setUp, tells } from './playground.ts'
import { type Version, VERSIONS } from './versions.ts'

type Settings = Partial<Pick<Koa, 'proxy' | 'proxyIpHeader' | 'maxIpsCount'>>

/** Answers whom `remoteAddress` takes the client for. */
function build(
  version: Version,
  settings: Settings = {},
  options: Partial<KoaLimiterOptions> = {},
  log: Log = [],
): Koa {
  const keys: string[] = []
  const key: KoaLimiterOptions['key'] = (ctx) => {
    keys.push(remoteAddress(ctx))
    return keys.at(-1)
  }
  const { app, router } = setUp(version, { key, defaultLimits: ['9 per minute'], ...options }, log)
  router.get(
    '/who',
    tells(() => keys.at(-1)),
  )
  app.use(router.routes())
  return Object.assign(app, settings)
}

describe.each(VERSIONS)('remoteAddress of $name', (version) => {
  test.each<[Settings, string]>([
    [{}, '192.0.2.1'],
    [{ proxy: true }, '203.0.113.1'],
    [{ proxy: true, maxIpsCount: 1 }, '198.51.100.1'],
    [{ proxy: true, proxyIpHeader: 'X-Real-IP' }, '203.0.113.9'],
  ])('follows %o', async (settings, expected) => {
    const play = await served(build(version, settings))
    const headers = { 'X-Forwarded-For': '203.0.113.1, 198.51.100.1', 'X-Real-IP': '203.0.113.9' }
    await play.expect('/who', JSON.stringify(expected), { headers })
    await play.expect('/who', '"192.0.2.1"')
  })

  test('counts IPv6 addresses by their first bits', async () => {
    const play = await served(build(version, {}, { ipv6Prefix: 56 }))
    await play.expect('/who', '"2001:db8:1::/56"', { remoteAddress: '2001:db8:1:2:3:4:5:6' })
  })

  test('takes a client on a Unix socket for 127.0.0.1, and warns of it once', async () => {
    const log: Log = []
    const listener = build(version, {}, {}, log).callback()
    expect(await answersOnUnixSocket(listener, '/who')).toEqual(['"127.0.0.1"', '"127.0.0.1"'])
    expect(log).toEqual(['warn WARN_NO_ADDRESS'])
  })

  test.each<[string, Settings, Record<string, string>, Log]>([
    [
      'no proxy is trusted, and one forwards requests',
      {},
      { 'X-Forwarded-For': '203.0.113.1' },
      ['warn WARN_PROXY_UNTRUSTED'],
    ],
    ['no proxy is trusted, and none forwards requests', {}, {}, []],
    ['every proxy is trusted', { proxy: true }, {}, ['warn WARN_PROXY_PERMISSIVE']],
    [
      'as many proxies are trusted as there are',
      { proxy: true, maxIpsCount: 1 },
      { 'X-Forwarded-For': '203.0.113.1' },
      [],
    ],
    ['another header is trusted', { proxy: true, proxyIpHeader: 'X-Real-IP' }, {}, []],
  ])('warns once, if at all, where %s', async (_name, settings, headers, expected) => {
    const log: Log = []
    const play = await served(build(version, settings, {}, log))
    await play.send('/who', { headers })
    await play.send('/who', { headers })
    expect(log).toEqual(expected)
  })

  test('can be asked outside of any limiter', async () => {
    const app = new version.Koa()
    app.use(tells(remoteAddress))
    await (await served(app)).expect('/who', '"2001:db8::/64"', { remoteAddress: '2001:db8::1' })
  })
})
