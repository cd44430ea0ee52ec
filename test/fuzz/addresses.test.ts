import { BlockList, isIP } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addressInRanges, parseCidr } from '../../src/http/address-range.ts'
import { checkIpv6Prefix, clientAddress, parseClientAddress } from '../../src/http/client-address.ts'
import { parseIpAddress } from '../../src/http/ip-address.ts'
import { createProxyTrust, type TrustProxy } from '../../src/http/proxy-trust.ts'
import { answerOrError, law, LONG } from './law.ts'
import { anyText, anyValue, mutated, pumped } from './texts.ts'

const ipv4 = fc.oneof(fc.ipV4(), fc.constantFrom('0.0.0.0', '127.0.0.1', '10.0.0.1', '255.255.255.255'))
const group = fc.oneof(
  { weight: 2, arbitrary: fc.constant(0) },
  fc.integer({ min: 0, max: 0xffff }),
  fc.constant(0xffff),
)
/** Eight groups, written in one of the ways in which they can be. */
const ipv6 = fc
  .tuple(fc.array(group, { minLength: 8, maxLength: 8 }), fc.boolean(), fc.boolean(), fc.nat(8), fc.nat(8))
  .map(([groups, isUpper, isDotted, from, length]) => {
    const words = groups.map((each) => each.toString(16))
    const [high, low] = groups.slice(6) as [number, number]
    if (isDotted) words.splice(6, 2, [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.'))
    const to = Math.min(from + length, words.length)
    const canShorten = to > from && groups.slice(from, to).every((each) => each === 0) && (!isDotted || to <= 6)
    const text = canShorten ? `${words.slice(0, from).join(':')}::${words.slice(to).join(':')}` : words.join(':')
    return isUpper ? text.toUpperCase() : text
  })
const address = fc.oneof(
  ipv4,
  ipv6,
  ipv4.map((text) => `::ffff:${text}`),
)
const dressed = fc
  .tuple(address, fc.constantFrom('', '', '%eth0', '%25'), fc.constantFrom('', '', ':443', ':0'))
  .map(([text, zone, port]) => (text.includes(':') ? (port ? `[${text}${zone}]${port}` : text + zone) : text + port))

/** As a browser writes an IPv6 address. */
const canonical = (text: string): string => new URL(`http://[${text}]`).hostname.slice(1, -1)

law('an IPv6 address has one text, the one that URLs have', ipv6, (text) => {
  const written = clientAddress(text, 128)
  expect(canonical(written.includes(':') ? written : `::ffff:${written}`)).toBe(canonical(text))
  expect(clientAddress(`[${text}]:8080`, 128)).toBe(written)
  expect(clientAddress(`${text}%eth0`, 128)).toBe(written)
})

law('what is an address for Node is one for us, and nothing else is', fc.oneof(mutated(address), anyText), (text) => {
  if (/[%[\]]/.test(text)) return
  expect(parseIpAddress(text) !== undefined).toBe(isIP(text) !== 0)
})

law(
  'any text counts as one client, whose name counts as the same one',
  fc.tuple(fc.oneof(mutated(dressed), anyText), fc.integer({ min: 1, max: 128 })),
  ([text, prefix]) => {
    const client = clientAddress(text, prefix)
    expect(clientAddress(client, prefix)).toBe(client)
    if (parseClientAddress(text) === undefined) expect(client).toBe(text)
  },
)

const cidr = fc.oneof(
  fc.tuple(ipv4, fc.integer({ min: 1, max: 32 })).map(([text, bits]) => [text, bits, 'ipv4'] as const),
  fc.tuple(ipv6, fc.integer({ min: 1, max: 128 })).map(([text, bits]) => [text, bits, 'ipv6'] as const),
)

law('a range holds what it holds for Node', fc.tuple(cidr, address), ([[network, bits, family], text]) => {
  // IPv4 within IPv6 is IPv4 for us; for Node it depends on its version.
  if (text.includes(':') !== network.includes(':') || /ffff/i.test(network + text)) return
  const list = new BlockList()
  list.addSubnet(network, bits, family)
  const range = parseCidr(`${network}/${bits}`)!
  expect(addressInRanges(text, [range])).toBe(list.check(text, text.includes(':') ? 'ipv6' : 'ipv4'))
  expect(addressInRanges(network, [range])).toBe(true)
})

const forwarded = fc
  .array(fc.oneof(dressed, fc.constantFrom('', ' ', 'unknown', '_hidden', '127.0.0.1', '10.1.2.3'), mutated(dressed)), {
    maxLength: 6,
  })
  .map((entries) => entries.join(', '))
const entriesOf = (text: string): string[] =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')

law(
  'so many trusted proxies name the client that stands so far from the end',
  fc.tuple(forwarded, fc.nat(6), fc.oneof(dressed, fc.constant(undefined))),
  ([text, hops, peer]) => {
    const named = hops === 0 ? undefined : entriesOf(text).slice(-hops)[0]
    expect(createProxyTrust(hops).client(peer, text)).toBe(named ?? peer)
  },
)

law(
  'trusted ranges name the first client from the end that is in none of them',
  fc.tuple(forwarded, ipv4),
  ([text, peer]) => {
    const ranges = [parseCidr('10.0.0.0/8')!, parseCidr('127.0.0.0/8')!]
    const path = [...entriesOf(text), peer]
    const named = path.findLast((entry) => !addressInRanges(entry, ranges)) ?? path[0]
    expect(createProxyTrust(['10.0.0.0/8', '127.0.0.0/8']).client(peer, text)).toBe(named)
  },
)

const trust = fc.oneof(
  anyValue,
  fc.array(
    fc.oneof(
      mutated(cidr.map(([text, bits]) => `${text}/${bits}`)),
      anyText,
      anyValue,
      fc.constantFrom('loopback', 'uniquelocal'),
    ),
    { maxLength: 3 },
  ),
  fc.record({ header: fc.oneof(anyValue, anyText) }),
)

law(
  'whom to trust is understood, or is an error of ours',
  fc.tuple(trust, anyValue),
  ([given, prefix]) => {
    const understood = answerOrError(() => createProxyTrust(given as TrustProxy))
    if (understood) expect(['127.0.0.1', 'a']).toContain(understood.client('127.0.0.1', 'a'))
    const bits = answerOrError(() => checkIpv6Prefix(prefix as number))
    if (bits !== undefined) expect(bits).toBe(prefix)
  },
  {
    regressions: [
      [5n, 5n],
      [[5n], Object.create(null)],
      [Object.create(null), undefined],
      [{ header: 'x\r\ny' }, 64],
    ],
  },
)

test(
  'long addresses and long lists of them do not take long',
  () => {
    const near = createProxyTrust(['10.0.0.0/8'])
    for (const text of pumped(
      ['', '[', '::', '1.1.1.1:', '10.0.0.1,'],
      ['1', ':', '1:', '.', '1.', ']', ']:1', '%', ',', '10.0.0.1,', 'f', '0'],
      ['', 'x', ']', ',10.0.0.1'],
    )) {
      clientAddress(text)
      parseCidr(text)
      near.client('10.0.0.1', text)
    }
  },
  LONG,
)
