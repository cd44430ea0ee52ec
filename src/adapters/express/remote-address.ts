import { clientAddress } from '../../http/client-address.ts'
import type { HttpLimiter } from '../../http/http-limiter.ts'
import { Exchange } from './exchange.ts'
import type { Req, Res } from './types.ts'

/**
 * The address of the client, as Express's `trust proxy` setting finds it. IPv6 addresses count by the limiter's `ipv6Prefix`
 * (64 bits unless told otherwise), IPv4-mapped ones as IPv4. Without an address, as on a Unix socket, it is 127.0.0.1, and a
 * warning says so once.
 */
export function remoteAddress(request: Req): string {
  const limiter = Exchange.of(request)?.deciding
  // Where no proxy is trusted, the socket says the same as `request.ip`, which costs more than the rest of a decision.
  const trust = (request.app.settings as { 'trust proxy'?: unknown })['trust proxy']
  const address = trust ? request.ip : request.socket.remoteAddress
  if (limiter && (trust === true || (!trust && request.headers['x-forwarded-for'] !== undefined)))
    warnOfProxies(limiter, trust === true)
  if (address === undefined || address === '') {
    limiter?.reporter.warn(
      'WARN_NO_ADDRESS',
      'a request has no client address (a Unix socket?) and counts as 127.0.0.1',
    )
    return '127.0.0.1'
  }
  return clientAddress(address, limiter?.ipv6Prefix)
}

function warnOfProxies(limiter: HttpLimiter<Req, Res>, trustsAll: boolean): void {
  if (trustsAll) {
    limiter.reporter.warn(
      'WARN_PROXY_PERMISSIVE',
      "Express's `trust proxy` is true: whoever sends X-Forwarded-For chooses the address that is counted; set it to the number of proxies, or to their addresses",
    )
  } else {
    limiter.reporter.warn(
      'WARN_PROXY_UNTRUSTED',
      "a request carries X-Forwarded-For, but Express's `trust proxy` is not set: all clients behind the proxy count as one; set it to the number of proxies, or to their addresses",
    )
  }
}
