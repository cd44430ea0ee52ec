import { countedAddress, lookForProxy, permissiveProxy, untrustedProxy } from '../../http/counted-address.ts'
import { Exchange } from './exchange.ts'
import type { Req } from './types.ts'

const UNTRUSTED = untrustedProxy(
  "Koa's `app.proxy` is not set",
  'set it, and `app.maxIpsCount` to the number of proxies',
)
const PERMISSIVE = permissiveProxy(
  "Koa's `app.proxy` is true and `app.maxIpsCount` is not set",
  'set maxIpsCount to the number of proxies',
)

/**
 * The address of the client, as Koa's `app.proxy`, `app.proxyIpHeader` and `app.maxIpsCount` find it. IPv6 addresses count by
 * the limiter's `ipv6Prefix` (64 bits unless told otherwise), IPv4-mapped ones as IPv4. Without an address, as on a Unix
 * socket, it is 127.0.0.1, and a warning says so once.
 */
export function remoteAddress(ctx: Req): string {
  const limiter = Exchange.of(ctx)?.deciding
  const { proxy, proxyIpHeader, maxIpsCount } = ctx.app
  if (limiter && proxy && !maxIpsCount && /^x-forwarded-for$/i.test(proxyIpHeader)) {
    limiter.reporter.warn('WARN_PROXY_PERMISSIVE', PERMISSIVE)
  } else if (!proxy) lookForProxy(limiter, ctx.req, UNTRUSTED)
  // Where no proxy is trusted, the socket says the same as `ctx.ip`, which costs more.
  return countedAddress(proxy ? ctx.ip : ctx.req.socket.remoteAddress, limiter)
}
