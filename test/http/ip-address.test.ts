import { isIP, isIPv4, isIPv6 } from 'node:net'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatIpAddress, maskAddress, parseIpAddress } from '../../src/http/ip-address.ts'

function canonical(text: string): string | undefined {
  const parsed = parseIpAddress(text)
  return parsed && formatIpAddress(parsed)
}

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::', '::'],
  ['::1', '::1'],
  ['1::', '1::'],
  ['2001:0DB8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
  ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ['1:2:3:4:5:6:192.0.2.1', '1:2:3:4:5:6:c000:201'],
  ['::192.0.2.1', '::c000:201'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::FFFF:c000:0201', '192.0.2.1'],
  ['0:0:0:0:0:ffff:c000:201', '192.0.2.1'],
  ['0000:0000:0000:0000:0000:ffff:192.0.2.1', '192.0.2.1'],
  ['::ffff:0:192.0.2.1', '::ffff:0:c000:201'],
])('%s is canonically %s', (text, expected) => {
  expect(canonical(text)).toBe(expected)
})

test.each([
  '',
  'localhost',
  '1.2.3',
  '1.2.3.4.5',
  '1.2.3.256',
  '01.2.3.4',
  '1.2.3.4 ',
  ' 1.2.3.4',
  '1.2.3.-4',
  '1.2.3.4\n',
  '0x1.2.3.4',
  ':',
  ':::',
  '1',
  '1:2',
  ':1:2:3:4:5:6:7:8',
  '1:2:3:4:5:6:7:8:',
  '1:2:3:4:5:6:7:8:9',
  '1::2::3',
  '::1:',
  ':::1',
  '12345::',
  'g::',
  '1:2:3:4:5:6:7::8',
  '1:2:3:4:5:6:7:1.2.3.4',
  '::1.2.3',
  '1.2.3.4::',
  '::1.2.3.4:5',
  '::01.2.3.4',
  '::.1.2.3',
  '::1 ',
  '-1::',
  '::0x1',
])('%j is no address', (text) => {
  expect(parseIpAddress(text)).toBeUndefined()
  expect(isIP(text), 'node:net thinks so too').toBe(0)
})

/** Texts that are addresses, or nearly. */
const nearlyIpv6 = fc
  .array(fc.constantFrom('0', '1', 'ab', 'FFFF', 'ffff', '12345', 'g', '1.2.3.4', '1.2.3.256', '', ':'), {
    minLength: 1,
    maxLength: 10,
  })
  .map((parts) => parts.join(':'))

test('an address is read exactly where node:net reads one', () => {
  const soup = fc.string({ unit: fc.constantFrom(...'01afF:.'.split('')), maxLength: 40 })
  fc.assert(
    fc.property(fc.oneof(nearlyIpv6, soup, fc.ipV6(), fc.ipV4(), fc.ipV4Extended()), (text) => {
      expect(parseIpAddress(text) !== undefined).toBe(isIP(text) !== 0)
    }),
    { numRuns: 5000 },
  )
})

test('an IPv6 address is written as URLs write it, and an IPv4-mapped one as IPv4', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV6(), nearlyIpv6.filter(isIPv6)), (text) => {
      const written = canonical(text) ?? ''
      const url = new URL(`http://[${text}]/`).hostname.slice(1, -1)
      if (url.startsWith('::ffff:') && url.split(':').length === 5) expect(isIPv4(written)).toBe(true)
      else expect(written).toBe(url)
      expect(canonical(written)).toBe(written)
    }),
    { numRuns: 2000 },
  )
})

test('a mask keeps the first bits', () => {
  const ones = parseIpAddress('ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff') ?? []
  expect(formatIpAddress(maskAddress(ones, 0))).toBe('::')
  expect(formatIpAddress(maskAddress(ones, 1))).toBe('8000::')
  expect(formatIpAddress(maskAddress(ones, 17))).toBe('ffff:8000::')
  expect(formatIpAddress(maskAddress(ones, 64))).toBe('ffff:ffff:ffff:ffff::')
  expect(maskAddress(ones, 128)).toEqual(ones)
})
