import { describe, expect, test } from 'vitest'
import { createLimiter, type FetchLimiterOptions, remoteAddress } from '../../../src/adapters/fetch/index.ts'
import { ok, requestTo } from './playground.ts'

/** The address by which a request with these headers is counted, or the message of the error. */
async function counted(
  options: Partial<FetchLimiterOptions>,
  headers: Record<string, string> = {},
  ...args: unknown[]
): Promise<string> {
  const keys: string[] = []
  const key = (request: Request): string => {
    keys.push(remoteAddress(request))
    return 'somebody'
  }
  const limiter = createLimiter({ key, defaultLimits: ['9 per minute'], ...options })
  try {
    await limiter.handler({ endpoint: 'GET /' }, (_request: Request, ..._args: unknown[]) => ok())(
      requestTo('/', { headers }),
      ...args,
    )
  } catch (error) {
    return (error as Error).message
  }
  return keys.join()
}

describe('remoteAddress of a Request', () => {
  test('without trustProxy and address is an error, never one bucket for everybody', async () => {
    expect(await counted({}, { 'X-Forwarded-For': '192.0.2.1' })).toBe(
      "remoteAddress: a Request has no address; give createLimiter trustProxy, such as { header: 'cf-connecting-ip' } or the number of proxies, or address: (request, ...args) => string",
    )
  })

  test('is what address answers, made of what the runtime hands over', async () => {
    const address = (_request: Request, info: { hostname: string }): string => info.hostname
    expect(await counted({ address }, {}, { hostname: '192.0.2.7' })).toBe('192.0.2.7')
    expect(await counted({ address }, {}, { hostname: '::ffff:192.0.2.7' })).toBe('192.0.2.7')
    expect(await counted({ address }, {}, { hostname: '2001:db8:1:2:3::4' })).toBe('2001:db8:1:2::/64')
    expect(await counted({ address, ipv6Prefix: 48 }, {}, { hostname: '2001:db8:1:2:3::4' })).toBe('2001:db8:1::/48')
  })

  test('is the header that the platform sets', async () => {
    const trustProxy = { header: 'CF-Connecting-IP' }
    expect(await counted({ trustProxy }, { 'cf-connecting-ip': '192.0.2.7', 'x-forwarded-for': '192.0.2.8' })).toBe(
      '192.0.2.7',
    )
  })

  test('is counted from the end of X-Forwarded-For, over as many proxies as there are', async () => {
    const headers = { 'X-Forwarded-For': '1.2.3.4, 192.0.2.7, 10.0.0.1' }
    expect(await counted({ trustProxy: 1 }, headers)).toBe('10.0.0.1')
    expect(await counted({ trustProxy: 2 }, headers)).toBe('192.0.2.7')
    expect(await counted({ trustProxy: ['10.0.0.0/8'] }, headers)).toBe('192.0.2.7')
  })

  test('is not what a client says that comes from nowhere trusted', async () => {
    const options = { trustProxy: ['10.0.0.0/8'], address: (_request: Request, peer: string) => peer }
    expect(await counted(options, { 'X-Forwarded-For': '1.2.3.4' }, '192.0.2.7')).toBe('192.0.2.7')
    expect(await counted(options, { 'X-Forwarded-For': '1.2.3.4' }, '10.0.0.1')).toBe('1.2.3.4')
  })

  test('where a proxy is trusted that has said nothing, is an error too', async () => {
    for (const trustProxy of [0, 1, { header: 'cf-connecting-ip' }]) {
      expect(await counted({ trustProxy })).toMatch(
        /^remoteAddress: the request has no (x-forwarded-for|cf-connecting-ip) that trustProxy lets us believe/,
      )
    }
    expect(await counted({ trustProxy: 0 }, { 'X-Forwarded-For': '1.2.3.4' })).toMatch(
      /^remoteAddress: the request has no/,
    )
  })

  test('that address cannot tell is an error', async () => {
    expect(await counted({ address: () => '' })).toBe('address has to answer the address of the client, got ""')
    expect(await counted({ address: () => undefined as never })).toBe(
      'address has to answer the address of the client, got undefined',
    )
  })

  test('of a request that no limiter knows is an error', () => {
    expect(() => remoteAddress(requestTo())).toThrow('no limiter knows this request')
  })

  test('wants options that can be used', () => {
    expect(() => createLimiter({ key: remoteAddress, trustProxy: true as never })).toThrow(
      'trustProxy: true does not say whom to believe',
    )
    expect(() => createLimiter({ key: remoteAddress, address: '192.0.2.1' as never })).toThrow(
      'address: expected function, got "192.0.2.1"',
    )
  })
})
