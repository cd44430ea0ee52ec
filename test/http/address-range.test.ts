import { BlockList } from 'node:net'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { addressInRanges, parseCidr } from '../../src/http/address-range.ts'

function holds(range: string, address: string): boolean {
  const parsed = parseCidr(range)
  expect(parsed, range).toBeDefined()
  return parsed !== undefined && addressInRanges(address, [parsed])
}

test.each([
  ['10.0.0.0/8', '10.255.0.1', true],
  ['10.0.0.0/8', '11.0.0.1', false],
  ['10.1.2.3/8', '10.0.0.1', true],
  ['10.0.0.0/8', '::ffff:10.0.0.1', true],
  ['10.0.0.0/8', '10.0.0.1:5678', true],
  ['10.0.0.0/8', '[::ffff:a00:1]:80', true],
  ['192.168.1.128/25', '192.168.1.127', false],
  ['192.168.1.128/25', '192.168.1.128', true],
  ['192.0.2.1', '192.0.2.1', true],
  ['192.0.2.1', '192.0.2.2', false],
  ['192.0.2.1/32', '192.0.2.1', true],
  ['0.0.0.0/0', '1.2.3.4', true],
  ['0.0.0.0/0', '2001:db8::1', false],
  ['2001:db8::/32', '2001:db8:ffff::1', true],
  ['2001:db8::/33', '2001:db8:8000::1', false],
  ['2001:db8::1', '2001:DB8:0::1', true],
  ['fe80::/10', 'fe80::1%eth0', true],
  ['::/0', '2001:db8::1', true],
  ['::/0', '1.2.3.4', false],
  ['::ffff:10.0.0.0/104', '10.1.2.3', true],
  ['::ffff:192.0.2.1', '192.0.2.1', true],
  ['10.0.0.0/8', 'unknown', false],
  ['10.0.0.0/8', '', false],
] as const)('whether %s holds %s: %j', (range, address, expected) => {
  expect(holds(range, address)).toBe(expected)
})

test.each([
  '',
  'loopback',
  '10.0.0.0/33',
  '::/129',
  '10.0.0.0/',
  '10.0.0.0/-1',
  '10.0.0.0/8/8',
  '10.0.0/8',
  '10.0.0.0/255.0.0.0',
  '[::1]/64',
  '1.2.3.4:80/8',
  ' ::1',
])('%j is no range', (text) => {
  expect(parseCidr(text)).toBeUndefined()
})

test('ranges hold what the BlockList of Node holds', () => {
  const v4 = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }), fc.ipV4(), fc.constant('ipv4' as const))
  const v6 = fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 }), fc.ipV6(), fc.constant('ipv6' as const))
  fc.assert(
    fc.property(fc.oneof(v4, v6), fc.boolean(), ([network, prefix, other, family], near) => {
      const list = new BlockList()
      list.addSubnet(network, prefix, family)
      const address = near ? network : other
      expect(holds(`${network}/${prefix}`, address)).toBe(list.check(address, family))
    }),
  )
})
