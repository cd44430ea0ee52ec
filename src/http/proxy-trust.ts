import { ConfigurationError } from '../errors.ts'
import { show } from '../show.ts'
import { type AddressRange, addressInRanges, parseCidr } from './address-range.ts'
import { isHeaderName } from './header-list.ts'
import { isIpv4 } from './ip-address.ts'
import { RecentAnswers } from './recent-answers.ts'

/**
 * Whom to believe when a request says on whose behalf it comes.
 *
 * - A number: so many proxies stand before this server, each of which appends to `X-Forwarded-For`. 0: none.
 * - A list: the addresses and ranges of those proxies (`10.0.0.0/8`, `2001:db8::1`), or `loopback`, `linklocal`,
 *   `uniquelocal`, as Express names the private ranges.
 * - `{ header }`: the platform sets this header to the client's address (`CF-Connecting-IP`), and nobody else can.
 */
export type TrustProxy = number | readonly string[] | { readonly header: string }

/** Finds the client of a request behind proxies. */
export interface ProxyTrust {
  /** The request header that {@link client} wants, in lower case. */
  readonly header: string
  /**
   * The address of the client: the last one, counted from this server, that a believed proxy named.
   *
   * @param peer who sent the request; undefined where the runtime does not say, and then it is believed, for nobody but
   *   the platform itself can have sent it
   * @param forwarded the value of the header; its lines joined by commas if there are several
   */
  client(peer: string | undefined, forwarded: string | undefined): string | undefined
}

const NAMED_RANGES: ReadonlyMap<string, readonly string[]> = new Map([
  ['loopback', ['127.0.0.0/8', '::1']],
  ['linklocal', ['169.254.0.0/16', 'fe80::/10']],
  ['uniquelocal', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7']],
])

/**
 * Reads the option `trustProxy`.
 * @throws ConfigurationError for what is none of its forms, and for a range that holds every address: with it each
 *   client could pass for any other.
 */
export function createProxyTrust(trust: TrustProxy): ProxyTrust {
  if (typeof trust === 'number' && Number.isInteger(trust) && trust >= 0) {
    return proxyTrust('x-forwarded-for', (_, hop) => hop < trust)
  }
  if (isList(trust)) {
    const ranges = trust.flatMap(parseRanges)
    const known = new RecentAnswers((address) => addressInRanges(address, ranges))
    return proxyTrust('x-forwarded-for', (address) => address === undefined || known.of(address))
  }
  if (typeof trust === 'object' && trust !== null && typeof trust.header === 'string' && isHeaderName(trust.header)) {
    return proxyTrust(trust.header.toLowerCase(), (_, hop) => hop < 1)
  }
  throw new ConfigurationError(
    `trustProxy: ${show(trust)} does not say whom to believe; ` +
      "expected a number of proxies, a list of addresses and ranges such as ['loopback', '10.0.0.0/8'], " +
      "or { header: 'cf-connecting-ip' }",
  )
}

/** @param trusted whether to believe `address`, which stands `hop` steps before this server */
function proxyTrust(header: string, trusted: (address: string | undefined, hop: number) => boolean): ProxyTrust {
  return {
    header,
    client(peer, forwarded = '') {
      let client = peer
      let hop = 0
      let end = forwarded.length
      while (end > 0 && trusted(client, hop)) {
        const comma = forwarded.lastIndexOf(',', end - 1)
        const entry = forwarded.slice(comma + 1, end).trim()
        end = comma
        if (entry === '') continue
        client = entry
        hop++
      }
      return client
    },
  }
}

function parseRanges(text: string): readonly AddressRange[] {
  return (NAMED_RANGES.get(text) ?? [text]).map((range) => {
    const parsed = typeof range === 'string' ? parseCidr(range) : undefined
    if (parsed === undefined) {
      throw new ConfigurationError(
        `trustProxy: ${show(range)} is no address; expected an address, a range such as "10.0.0.0/8", ` +
          `or ${[...NAMED_RANGES.keys()].join(', ')}`,
      )
    }
    if (parsed.prefix === (isIpv4(parsed.first) ? 96 : 0)) {
      throw new ConfigurationError(
        `trustProxy: ${show(range)} holds every address, so that each client could pass for any other; ` +
          'expected the addresses of your proxies, or how many there are',
      )
    }
    return parsed
  })
}

// `Array.isArray` alone does not narrow a readonly array.
function isList(trust: TrustProxy): trust is readonly string[] {
  return Array.isArray(trust)
}
