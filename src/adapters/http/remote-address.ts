import type { IncomingMessage } from 'node:http'
import { countedAddress, lookForProxy, untrustedProxy } from '../../http/counted-address.ts'
import { Exchange } from './exchange.ts'
import type { NodeHttpLimiter } from './node-http-limiter.ts'

const UNTRUSTED = untrustedProxy(
  'the limiter has no `trustProxy`',
  'set it to the number of proxies, or to their addresses',
)

/**
 * The address of the client, as the limiter's `trustProxy` finds it. IPv6 addresses count by the limiter's `ipv6Prefix` (64
 * bits unless told otherwise), IPv4-mapped ones as IPv4. Without an address, as on a Unix socket, it is 127.0.0.1, and a
 * warning says so once.
 */
export function remoteAddress(request: IncomingMessage): string {
  const limiter = Exchange.of(request)?.deciding as NodeHttpLimiter | undefined
  const trust = limiter?.trust
  const peer = request.socket.remoteAddress
  if (!trust) lookForProxy(limiter, request, UNTRUSTED)
  return countedAddress(trust ? trust.client(peer, request.headers[trust.header]?.toString()) : peer, limiter)
}
