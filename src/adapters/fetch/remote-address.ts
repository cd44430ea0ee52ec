import { ConfigurationError, LimiterError } from '../../errors.ts'
import { clientAddress } from '../../http/client-address.ts'
import { atOnce } from '../../limiter/steps.ts'
import { show } from '../../show.ts'
import { Exchange } from './exchange.ts'
import type { FetchLimiter } from './fetch-limiter.ts'

/**
 * The address of the client, as the limiter's `address` and `trustProxy` find it. IPv6 addresses count by the limiter's
 * `ipv6Prefix` (64 bits unless told otherwise), IPv4-mapped ones as IPv4. A `Request` has no address of its own: a request of
 * which neither option tells one is a ConfigurationError, for otherwise all such clients would count as one.
 */
export function remoteAddress(request: Request): string {
  const exchange = Exchange.of(request)
  const limiter = exchange?.deciding as FetchLimiter | undefined
  if (!exchange || !limiter) {
    throw new ConfigurationError(
      'remoteAddress(request): no limiter knows this request; call it in what a limiter asks, or in a limited handler',
    )
  }
  return clientAddress(addressOf(exchange, limiter), limiter.ipv6Prefix)
}

function addressOf({ request, args }: Exchange, { address, trust }: FetchLimiter): string {
  const peer = atOnce(address?.(request, ...args), 'address')
  if (address && (typeof peer !== 'string' || peer === '')) {
    throw new LimiterError('ERR_CALLBACK', `address has to answer the address of the client, got ${show(peer)}`)
  }
  const client = trust ? trust.client(peer, request.headers.get(trust.header) ?? undefined) : peer
  if (client !== undefined) return client
  throw new ConfigurationError(
    trust
      ? `remoteAddress: the request has no ${trust.header} that trustProxy lets us believe, and nothing else tells its address; give createLimiter an address: (request, ...args) => string too`
      : "remoteAddress: a Request has no address; give createLimiter trustProxy, such as { header: 'cf-connecting-ip' } or the number of proxies, or address: (request, ...args) => string",
  )
}
