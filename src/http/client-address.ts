import { ConfigurationError } from '../errors.ts'
import { show } from '../show.ts'
import { formatIpAddress, type IpAddress, isDotted, isIpv4, maskAddress, parseIpAddress } from './ip-address.ts'
import { RecentAnswers } from './recent-answers.ts'

/**
 * The text under which a client's address is counted: one text for one client, however its address was written.
 *
 * - An IPv4 address stands for itself, also where it comes as IPv4-mapped IPv6 (`::ffff:192.0.2.1`, `::ffff:c000:201`).
 * - An IPv6 address counts by its first `ipv6Prefix` bits, for a customer has at least a /64 to choose addresses from:
 *   `2001:db8::/64`. With 128 it stands for itself, without a suffix.
 * - Ports, brackets and zones are dropped.
 * - What is no address is returned as it is, so that clients whose addresses cannot be read do not share one bucket.
 *
 * @param ipv6Prefix an integer from 1 to 128; see {@link checkIpv6Prefix}
 */
export function clientAddress(address: string, ipv6Prefix = 64): string {
  if (!address.includes(':')) return address
  const recent = (recentByPrefix[ipv6Prefix] ??= new RecentAnswers((each) => spell(each, ipv6Prefix)))
  return recent.of(address)
}

const recentByPrefix: RecentAnswers<string>[] = []

function spell(address: string, ipv6Prefix: number): string {
  // What a dual-stack socket calls every IPv4 client.
  if (address.startsWith('::ffff:') && isDotted(address.slice(7))) return address.slice(7)
  const parsed = parseClientAddress(address)
  if (parsed === undefined) return address
  if (isIpv4(parsed) || ipv6Prefix === 128) return formatIpAddress(parsed)
  return `${formatIpAddress(maskAddress(parsed, ipv6Prefix))}/${ipv6Prefix}`
}

/**
 * An address as sockets and proxies write it: besides the plain forms also `fe80::1%eth0`, `[::1]`, `[::1]:443` and
 * `192.0.2.1:5678`. Undefined where it is none.
 */
export function parseClientAddress(text: string): IpAddress | undefined {
  const [, bracketed, dotted] = /^(?:\[(.*)\](?::\d+)?|([\d.]+):\d+)$/.exec(text) ?? []
  const address = bracketed ?? dotted ?? text
  const zone = address.indexOf('%')
  return parseIpAddress(zone < 0 ? address : address.slice(0, zone))
}

/**
 * The option `ipv6Prefix`, if it can be one.
 * @throws ConfigurationError for anything but an integer from 1 to 128.
 */
export function checkIpv6Prefix(prefix: number): number {
  if (!Number.isInteger(prefix) || prefix < 1 || prefix > 128) {
    throw new ConfigurationError(
      `ipv6Prefix: ${show(prefix)} cannot be a prefix length; ` + 'expected an integer from 1 to 128',
    )
  }
  return prefix
}
