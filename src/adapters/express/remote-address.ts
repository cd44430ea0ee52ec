import { countedAddress, lookForProxy, permissiveProxy, untrustedProxy } from '../../http/counted-address.ts'
import { Exchange } from './exchange.ts'
import type { Req } from './types.ts'

const REMEDY = 'set it to the number of proxies, or to their addresses'
const UNTRUSTED = untrustedProxy("Express's `trust proxy` is not set", REMEDY)
const PERMISSIVE = permissiveProxy("Express's `trust proxy` is true", REMEDY)

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
  if (trust === true) limiter?.reporter.warn('WARN_PROXY_PERMISSIVE', PERMISSIVE)
  else if (!trust) lookForProxy(limiter, request, UNTRUSTED)
  return countedAddress(address, limiter)
}
