import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkIpv6Prefix, clientAddress } from '../../src/http/client-address.ts'

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['192.0.2.1:5678', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:192.0.2.1', '192.0.2.1'],
  ['::ffff:c000:201', '192.0.2.1'],
  ['0:0:0:0:0:ffff:c000:0201', '192.0.2.1'],
  ['[::ffff:192.0.2.1]:443', '192.0.2.1'],
  ['::1', '::/64'],
  ['2001:db8::1', '2001:db8::/64'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::', '2001:db8:1:2::/64'],
  ['[2001:db8::1]', '2001:db8::/64'],
  ['[2001:db8::1]:443', '2001:db8::/64'],
  ['fe80::1%eth0', 'fe80::/64'],
  ['[fe80::1%25eth0]:80', 'fe80::/64'],
  ['::192.0.2.1', '::/64'],
])('%s is counted as %s', (address, expected) => {
  expect(clientAddress(address)).toBe(expected)
})

test.each([
  [128, '2001:db8:1234:5678:9abc:def0:1:2'],
  [127, '2001:db8:1234:5678:9abc:def0:1:2/127'],
  [60, '2001:db8:1234:5670::/60'],
  [56, '2001:db8:1234:5600::/56'],
  [48, '2001:db8:1234::/48'],
  [32, '2001:db8::/32'],
  [1, '::/1'],
])('with ipv6Prefix %d an address is counted as %s', (prefix, expected) => {
  expect(clientAddress('2001:db8:1234:5678:9abc:def0:1:2', prefix)).toBe(expected)
})

test('the prefix concerns no IPv4 address', () => {
  expect(clientAddress('::ffff:192.0.2.1', 32)).toBe('192.0.2.1')
  expect(clientAddress('192.0.2.1', 8)).toBe('192.0.2.1')
})

test.each([
  '',
  'unknown',
  'unix:',
  '_hidden',
  'a:b:c',
  '1.2.3.999:80',
  '[::1',
  '::1]',
  '[::1]x',
  '::1:80:',
  '2001:db8::1::',
  '[]:1',
  ':80',
  '%',
  ':%',
])('%j is no address and stays what it is', (address) => {
  expect(clientAddress(address)).toBe(address)
})

const text = (groups: number[]) => groups.map((group) => group.toString(16)).join(':')

test('two addresses count as one exactly where their first 64 bits agree', () => {
  const half = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 4, maxLength: 4 })
  fc.assert(
    fc.property(half, half, half, half, (network, otherNetwork, host, otherHost) => {
      fc.pre(network.some(Boolean)) // else the host part could make it an IPv4-mapped address
      fc.pre(otherNetwork.some(Boolean))
      const counted = clientAddress(text([...network, ...host]))
      expect(clientAddress(text([...network, ...otherHost]))).toBe(counted)
      expect(clientAddress(text([...otherNetwork, ...host])) === counted).toBe(text(network) === text(otherNetwork))
    }),
  )
})

test.each([1, 64, 128])('%d can be ipv6Prefix', (prefix) => {
  expect(checkIpv6Prefix(prefix)).toBe(prefix)
})

test.each([
  [0, '0'],
  [129, '129'],
  [63.5, '63.5'],
  [Number.NaN, 'NaN'],
  ['64', '"64"'],
  [undefined, 'undefined'],
])('%j cannot be ipv6Prefix, and the error shows it', (prefix, shown) => {
  expect(() => checkIpv6Prefix(prefix as number)).toThrow(
    `ipv6Prefix: ${shown} cannot be a prefix length; expected an integer from 1 to 128`,
  )
})
