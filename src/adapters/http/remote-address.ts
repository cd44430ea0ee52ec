import type { IncomingMessage } from 'node:http'
import { clientAddress } from '../../http/client-address.ts'
import { Exchange } from './exchange.ts'
import type { NodeHttpLimiter } from './node-http-limiter.ts'

/**
 * The address of the client, as the limiter's `trustProxy` finds it. IPv6 addresses count by the limiter's `ipv6Prefix` (64
 * bits unless told otherwise), IPv4-mapped ones as IPv4. Without an address, as on a Unix socket, it is 127.0.0.1, and a
 * warning says so once.
 */
export function remoteAddress(request: IncomingMessage): string {
  const limiter = Exchange.of(request)?.deciding as NodeHttpLimiter | undefined
  const trust = limiter?.trust
  const peer = request.socket.remoteAddress
  if (limiter && !trust && request.headers['x-forwarded-for'] !== undefined) {
    limiter.reporter.warn(
      'WARN_PROXY_UNTRUSTED',
      'a request carries X-Forwarded-For, but the limiter has no `trustProxy`: all clients behind the proxy count as one; set it to the number of proxies, or to their addresses',
    )
  }
  const address = trust ? trust.client(peer, request.headers[trust.header]?.toString()) : peer
  if (address === undefined || address === '') {
    limiter?.reporter.warn(
      'WARN_NO_ADDRESS',
      'a request has no client address (a Unix socket?) and counts as 127.0.0.1',
    )
    return '127.0.0.1'
  }
  return clientAddress(address, limiter?.ipv6Prefix)
}
