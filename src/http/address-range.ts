import { parseClientAddress } from './client-address.ts'
import { type IpAddress, isIpv4, maskAddress, parseIpAddress } from './ip-address.ts'

/** Addresses that begin with the same bits. */
export interface AddressRange {
  /** The first of them. */
  readonly first: IpAddress
  /** How many bits they share, counted in the IPv6 form: 104 for `10.0.0.0/8`. */
  readonly prefix: number
}

/** The range that `text` names: `10.0.0.0/8`, `2001:db8::/32`, or a single address; undefined where it names none. */
export function parseCidr(text: string): AddressRange | undefined {
  const [, address = '', bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const parsed = parseIpAddress(address)
  if (parsed === undefined) return undefined
  const prefix = bits === undefined ? 128 : Number(bits) + (address.includes(':') ? 0 : 96)
  return prefix > 128 ? undefined : { first: maskAddress(parsed, prefix), prefix }
}

/** Whether one of the ranges holds the address. An IPv6 range such as `::/8` holds no IPv4 address. */
export function addressInRanges(text: string, ranges: readonly AddressRange[]): boolean {
  const address = parseClientAddress(text)
  return address !== undefined && ranges.some((range) => holds(range, address))
}

function holds({ first, prefix }: AddressRange, address: IpAddress): boolean {
  if (isIpv4(first) !== isIpv4(address)) return false
  for (let i = 0, bits = prefix; bits > 0; i++, bits -= 16) {
    const difference = (first[i] as number) ^ (address[i] as number)
    if (difference >> Math.max(0, 16 - bits) !== 0) return false
  }
  return true
}
