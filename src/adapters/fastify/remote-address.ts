import { countedAddress, lookForProxy, permissiveProxy, untrustedProxy } from '../../http/counted-address.ts'
import { Exchange } from './exchange.ts'
import { trustsEverybody } from './internals.ts'
import type { Instance, Req } from './types.ts'

const REMEDY = 'set it to the addresses of the proxies'
const UNTRUSTED = untrustedProxy("Fastify's `trustProxy` is not set", REMEDY)
const PERMISSIVE = permissiveProxy("Fastify's `trustProxy` is true", REMEDY)

/**
 * The address of the client, as Fastify's `trustProxy` option finds it. IPv6 addresses count by the limiter's `ipv6Prefix`
 * (64 bits unless told otherwise), IPv4-mapped ones as IPv4. Without an address, as on a Unix socket, it is 127.0.0.1, and a
 * warning says so once.
 */
export function remoteAddress(request: Req): string {
  const limiter = Exchange.of(request)?.deciding
  // Only requests of apps that trust a proxy have this property.
  if (!('ips' in request)) lookForProxy(limiter, request.raw, UNTRUSTED)
  else if (limiter && isOpen(request.server)) limiter.reporter.warn('WARN_PROXY_PERMISSIVE', PERMISSIVE)
  return countedAddress(request.ip, limiter)
}

const openness = new WeakMap<Instance, boolean>()

function isOpen(instance: Instance): boolean {
  let open = openness.get(instance)
  if (open === undefined) openness.set(instance, (open = trustsEverybody(instance)))
  return open
}
