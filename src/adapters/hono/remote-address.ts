import { ConfigurationError } from '../../errors.ts'
import { countedAddress, tellsOfProxy, untrustedProxy } from '../../http/counted-address.ts'
import { Exchange, nodeBindings, requestHeader } from './exchange.ts'
import type { HonoLimiter } from './hono-limiter.ts'
import type { Req } from './types.ts'

const UNTRUSTED = untrustedProxy(
  'trustProxy is not set',
  'give createLimiter the number of proxies, or their addresses',
)

/** What Bun and Deno hand over beside the request. */
interface OtherBindings {
  readonly requestIP?: (request: Request) => { readonly address: string } | null
  readonly remoteAddr?: { readonly hostname?: string }
}

/**
 * The address of the client, as the limiter's `trustProxy` finds it, or the socket. IPv6 addresses count by the limiter's
 * `ipv6Prefix` (64 bits unless told otherwise), IPv4-mapped ones as IPv4. A socket without an address, as a Unix socket, is
 * 127.0.0.1, and a warning says so once. Where the runtime has no sockets, and `trustProxy` tells nothing, it is a
 * ConfigurationError, for otherwise all clients would count as one.
 */
export function remoteAddress(context: Req): string {
  const limiter = Exchange.of(context)?.deciding as HonoLimiter | undefined
  const peer = peerOf(context)
  const trust = limiter?.trust
  if (
    !trust &&
    peer !== undefined &&
    limiter?.inspectsProxies() &&
    tellsOfProxy(requestHeader(context, 'x-forwarded-for'), peer)
  ) {
    limiter.reporter.warn('WARN_PROXY_UNTRUSTED', UNTRUSTED)
  }
  const address = trust ? trust.client(peer || undefined, requestHeader(context, trust.header)) : peer
  if (!address && peer === undefined) {
    throw new ConfigurationError(
      trust
        ? `remoteAddress: the request has no ${trust.header} that trustProxy lets us believe, and this runtime has no socket that tells its address`
        : "remoteAddress: this runtime has no socket that tells the address of the client; give createLimiter trustProxy, such as { header: 'cf-connecting-ip' } or the number of proxies",
    )
  }
  return countedAddress(address, limiter)
}

/** Who sent the request; empty: a socket without an address; undefined: no socket. */
function peerOf(context: Req): string | undefined {
  const bindings = nodeBindings(context)
  if (bindings.incoming) return bindings.incoming.socket.remoteAddress ?? ''
  const { requestIP, remoteAddr } = bindings as OtherBindings
  if (typeof requestIP === 'function') return requestIP.call(bindings, context.req.raw)?.address ?? ''
  return remoteAddr && (remoteAddr.hostname ?? '')
}
