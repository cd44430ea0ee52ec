/** An address as eight groups of 16 bits. An IPv4 address is its IPv4-mapped form, so that both kinds compare alike. */
export type IpAddress = readonly number[]

/** The address that `text` names, IPv4 or IPv6; undefined where it names none. */
export function parseIpAddress(text: string): IpAddress | undefined {
  if (text.includes(':')) return parseIpv6(text)
  const ipv4 = parseIpv4(text)
  return ipv4 && [0, 0, 0, 0, 0, 0xffff, ...ipv4]
}

/** Whether the address is an IPv4-mapped one (RFC 4291 §2.5.5.2), however it was written. */
export function isIpv4(address: IpAddress): boolean {
  return address[5] === 0xffff && !address[0] && !address[1] && !address[2] && !address[3] && !address[4]
}

/** The first `prefix` bits of an address; the others are 0. */
export function maskAddress(address: IpAddress, prefix: number): IpAddress {
  return address.map((group, i) => {
    const bits = Math.min(16, Math.max(0, prefix - 16 * i))
    return group & (0xffff << (16 - bits))
  })
}

/** The canonical text: dotted for IPv4, as RFC 5952 has it for IPv6. */
export function formatIpAddress(address: IpAddress): string {
  if (isIpv4(address)) {
    const [high, low] = address.slice(6) as [number, number]
    return `${high >> 8}.${high & 0xff}.${low >> 8}.${low & 0xff}`
  }
  const { start, length } = longestZeroRun(address)
  const text = (groups: IpAddress) => groups.map((group) => group.toString(16)).join(':')
  return length < 2 ? text(address) : `${text(address.slice(0, start))}::${text(address.slice(start + length))}`
}

function longestZeroRun(address: IpAddress): { start: number; length: number } {
  let longest = { start: 0, length: 0 }
  let start = 0
  for (let i = 0; i < address.length; i++) {
    if (address[i] !== 0) start = i + 1
    else if (i + 1 - start > longest.length) longest = { start, length: i + 1 - start }
  }
  return longest
}

function parseIpv6(text: string): IpAddress | undefined {
  const groups: number[] = []
  let gap = text.startsWith('::') ? 0 : -1 // the index of the group that `::` stands before
  let at = gap === 0 ? 2 : 0
  while (at < text.length) {
    const start = at
    let group = 0
    for (let digit = hexDigit(text, at); digit >= 0; digit = hexDigit(text, ++at)) group = group * 16 + digit
    if (text[at] === '.') {
      const ipv4 = parseIpv4(text.slice(start))
      if (ipv4 === undefined) return undefined
      groups.push(...ipv4)
      break
    }
    if (at === start || at > start + 4) return undefined
    groups.push(group)
    if (at === text.length) break
    if (text[at++] !== ':' || at === text.length) return undefined
    if (text[at] === ':') {
      if (gap >= 0) return undefined
      gap = groups.length
      at++
    }
  }
  const missing = 8 - groups.length
  if (gap < 0 ? missing !== 0 : missing < 1) return undefined
  for (let i = 0; i < missing; i++) groups.splice(gap, 0, 0)
  return groups
}

/** The value of the hexadecimal digit at this place; −1 where there is none. */
function hexDigit(text: string, at: number): number {
  const code = text.charCodeAt(at)
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lowerCase = code | 0x20
  return lowerCase >= 0x61 && lowerCase <= 0x66 ? lowerCase - 0x57 : -1
}

// Numbers without leading zeros, which some readers would take for octal.
const OCTET = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const IPV4 = new RegExp(`^${OCTET}\\.${OCTET}\\.${OCTET}\\.${OCTET}$`)

/** Whether `text` is an IPv4 address in dotted form. */
export function isDotted(text: string): boolean {
  return IPV4.test(text)
}

function parseIpv4(text: string): readonly [number, number] | undefined {
  const octets = IPV4.exec(text)
  if (octets === null) return undefined
  return [(Number(octets[1]) << 8) | Number(octets[2]), (Number(octets[3]) << 8) | Number(octets[4])]
}
