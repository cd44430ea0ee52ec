import type { RequestListener } from 'node:http'
import { describe, expect, test } from 'vitest'
import {
  type Listener,
  type NodeHttpLimiterOptions,
  remoteAddress,
  type TrustProxy,
} from '../../../src/adapters/http/index.ts'
import { answersOnUnixSocket } from '../unix-socket.ts'
import { limiterWith, type Log, served, tells } from './playground.ts'

/** Answers whom `remoteAddress` takes the client for. */
function build(options: Partial<NodeHttpLimiterOptions> = {}, log: Log = []): Listener {
  const keys: string[] = []
  const key: NodeHttpLimiterOptions['key'] = (request) => {
    keys.push(remoteAddress(request))
    return keys.at(-1)
  }
  return limiterWith({ key, defaultLimits: ['9 per minute'], ...options }, log).handler(
    { endpoint: 'GET /who' },
    tells(() => keys.at(-1)),
  )
}

describe('remoteAddress of node:http', () => {
  test.each<[TrustProxy | undefined, string]>([
    [undefined, '192.0.2.1'],
    [0, '192.0.2.1'],
    [1, '198.51.100.1'],
    [2, '203.0.113.1'],
    [['192.0.2.0/24'], '198.51.100.1'],
    [['192.0.2.1', '198.51.100.0/24'], '203.0.113.1'],
    [['loopback'], '192.0.2.1'],
    [{ header: 'X-Real-IP' }, '203.0.113.9'],
  ])('follows trustProxy %o', async (trustProxy, expected) => {
    const play = await served(build(trustProxy === undefined ? {} : { trustProxy }))
    const headers = { 'X-Forwarded-For': '203.0.113.1, 198.51.100.1', 'X-Real-IP': '203.0.113.9' }
    await play.expect('/who', JSON.stringify(expected), { headers })
    await play.expect('/who', '"192.0.2.1"')
  })

  test.each([
    [undefined, '2001:db8:1:2::/64'],
    [56, '2001:db8:1::/56'],
    [128, '2001:db8:1:2:3:4:5:6'],
  ])('counts IPv6 addresses by ipv6Prefix %s', async (ipv6Prefix, expected) => {
    const play = await served(build(ipv6Prefix === undefined ? {} : { ipv6Prefix }))
    await play.expect('/who', JSON.stringify(expected), { remoteAddress: '2001:db8:1:2:3:4:5:6' })
  })

  test.each<[number | undefined, string, Log]>([
    [undefined, '"127.0.0.1"', ['warn WARN_PROXY_UNTRUSTED', 'warn WARN_NO_ADDRESS']],
    [1, '"203.0.113.1"', []],
  ])('on a Unix socket, with trustProxy %s, is %s', async (trustProxy, expected, warnings) => {
    const log: Log = []
    const limited = build(trustProxy === undefined ? {} : { trustProxy }, log)
    const listener: RequestListener = (request, response) => void limited(request, response)
    const answers = await answersOnUnixSocket(listener, '/who', { 'X-Forwarded-For': '203.0.113.1' })
    expect(answers).toEqual([expected, expected])
    expect(log).toEqual(warnings)
  })

  test('is the address of the socket outside of any limiter', async () => {
    const play = await served(tells(remoteAddress))
    await play.expect('/who', '"192.0.2.1"', { headers: { 'X-Forwarded-For': '203.0.113.1' } })
  })

  test('is a configuration error for a trustProxy that is none', () => {
    expect(() => limiterWith({ trustProxy: true as never })).toThrow('trustProxy: true does not say whom to believe')
    expect(() => limiterWith({ trustProxy: ['::/0'] })).toThrow(/holds every address/)
  })
})
