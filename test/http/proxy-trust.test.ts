import { describe, expect, test } from 'vitest'
import { ConfigurationError } from '../../src/errors.ts'
import { createProxyTrust, type TrustProxy } from '../../src/http/proxy-trust.ts'

describe('a number of proxies', () => {
  test.each([
    [0, '10.0.0.1', '1.1.1.1', '10.0.0.1'],
    [1, '10.0.0.1', '1.1.1.1', '1.1.1.1'],
    [1, '10.0.0.1', 'spoofed, 1.1.1.1', '1.1.1.1'],
    [2, '10.0.0.1', 'spoofed, 1.1.1.1, 2.2.2.2', '1.1.1.1'],
    [2, '10.0.0.1', '1.1.1.1', '1.1.1.1'],
    [1, '10.0.0.1', undefined, '10.0.0.1'],
    [1, '10.0.0.1', '', '10.0.0.1'],
    [1, '10.0.0.1', ' , ,', '10.0.0.1'],
    [1, '10.0.0.1', ',1.1.1.1,', '1.1.1.1'],
    [2, '10.0.0.1', '1.1.1.1 ,\t2.2.2.2 ', '1.1.1.1'],
    [1, undefined, 'spoofed, 1.1.1.1', '1.1.1.1'],
    [1, undefined, undefined, undefined],
    [1, '10.0.0.1', 'unknown', 'unknown'],
    [1, '10.0.0.1', '1.1.1.1:5678', '1.1.1.1:5678'],
  ])('with %j, peer %j and X-Forwarded-For %j the client is %j', (hops, peer, forwarded, expected) => {
    const trust = createProxyTrust(hops)
    expect(trust.header).toBe('x-forwarded-for')
    expect(trust.client(peer, forwarded)).toBe(expected)
  })
})

describe('a list of proxies', () => {
  test.each([
    [['loopback'], '127.0.0.1', 'spoofed, 1.1.1.1', '1.1.1.1'],
    [['loopback'], '::1', '1.1.1.1', '1.1.1.1'],
    [['loopback'], '::ffff:127.0.0.9', '1.1.1.1', '1.1.1.1'],
    [['loopback'], '9.9.9.9', '1.1.1.1', '9.9.9.9'],
    [['loopback', 'uniquelocal'], '127.0.0.1', '1.1.1.1, 10.0.0.7, 192.168.0.1', '1.1.1.1'],
    [['loopback', 'uniquelocal'], '127.0.0.1', '10.0.0.7, 192.168.0.1', '10.0.0.7'],
    [['linklocal'], 'fe80::1%eth0', '1.1.1.1', '1.1.1.1'],
    [['uniquelocal'], 'fd00::1', '1.1.1.1', '1.1.1.1'],
    [['10.0.0.0/8'], '10.9.9.9', '1.1.1.1, 10.0.0.7:4711', '1.1.1.1'],
    [['2001:db8::1'], '2001:db8::1', '1.1.1.1', '1.1.1.1'],
    [['2001:db8::1'], '2001:db8::2', '1.1.1.1', '2001:db8::2'],
    [['loopback'], undefined, 'spoofed, 1.1.1.1', '1.1.1.1'],
    [['loopback'], 'not an address', '1.1.1.1', 'not an address'],
    [['loopback'], '127.0.0.1', 'unknown', 'unknown'],
    [['loopback'], '127.0.0.1', undefined, '127.0.0.1'],
    [[], '127.0.0.1', '1.1.1.1', '127.0.0.1'],
  ])('with %j, peer %j and X-Forwarded-For %j the client is %j', (trust, peer, forwarded, expected) => {
    expect(createProxyTrust(trust).client(peer, forwarded)).toBe(expected)
  })

  test('a chain of 1000 believed proxies ends at its first entry', () => {
    const forwarded = ['1.1.1.1', ...Array<string>(1000).fill('127.0.0.1')].join(',')
    expect(createProxyTrust(['loopback']).client('127.0.0.1', forwarded)).toBe('1.1.1.1')
  })
})

describe('a header of the platform', () => {
  test.each([
    ['1.1.1.1', '1.1.1.1'],
    [' 1.1.1.1 ', '1.1.1.1'],
    ['spoofed, 1.1.1.1', '1.1.1.1'],
    [undefined, '10.0.0.1'],
    ['', '10.0.0.1'],
  ])('with CF-Connecting-IP %j the client is %j', (value, expected) => {
    const trust = createProxyTrust({ header: 'CF-Connecting-IP' })
    expect(trust.header).toBe('cf-connecting-ip')
    expect(trust.client('10.0.0.1', value)).toBe(expected)
  })
})

test.each([
  [-1, 'trustProxy: -1 does not say whom to believe; expected a number of proxies, a list'],
  [1.5, 'trustProxy: 1.5 does not say'],
  [Number.NaN, 'trustProxy: NaN does not say'],
  [true, 'trustProxy: true does not say'],
  ['loopback', 'trustProxy: "loopback" does not say'],
  [null, 'trustProxy: null does not say'],
  [{}, 'trustProxy: {} does not say'],
  [{ header: 'a b' }, 'trustProxy: {"header":"a b"} does not say'],
  [
    ['localhost'],
    'trustProxy: "localhost" is no address; expected an address, a range such as "10.0.0.0/8", or loopback, linklocal, uniquelocal',
  ],
  [['constructor'], 'trustProxy: "constructor" is no address'],
  [[5], 'trustProxy: 5 is no address'],
  [['0.0.0.0/0'], 'trustProxy: "0.0.0.0/0" holds every address'],
  [['::/0'], 'trustProxy: "::/0" holds every address'],
])('trustProxy: %j is an error that shows it', (trust, message) => {
  expect(() => createProxyTrust(trust as TrustProxy)).toThrow(ConfigurationError)
  expect(() => createProxyTrust(trust as TrustProxy)).toThrow(message)
})
