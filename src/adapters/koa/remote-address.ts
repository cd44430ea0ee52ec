import { clientAddress } from '../../http/client-address.ts'
import { Exchange } from './exchange.ts'
import type { Req } from './types.ts'

/**
 * The address of the client, as Koa's `app.proxy`, `app.proxyIpHeader` and `app.maxIpsCount` find it. IPv6 addresses count by
 * the limiter's `ipv6Prefix` (64 bits unless told otherwise), IPv4-mapped ones as IPv4. Without an address, as on a Unix
 * socket, it is 127.0.0.1, and a warning says so once.
 */
export function remoteAddress(ctx: Req): string {
  const limiter = Exchange.of(ctx)?.deciding
  const { proxy, proxyIpHeader, maxIpsCount } = ctx.app
  if (limiter && proxy && !maxIpsCount && /^x-forwarded-for$/i.test(proxyIpHeader)) {
    limiter.reporter.warn(
      'WARN_PROXY_PERMISSIVE',
      "Koa's `app.proxy` is true and `app.maxIpsCount` is not set: whoever sends X-Forwarded-For chooses the address that is counted; set maxIpsCount to the number of proxies",
    )
  } else if (limiter && !proxy && ctx.req.headers['x-forwarded-for'] !== undefined) {
    limiter.reporter.warn(
      'WARN_PROXY_UNTRUSTED',
      "a request carries X-Forwarded-For, but Koa's `app.proxy` is not set: all clients behind the proxy count as one; set it, and `app.maxIpsCount` to the number of proxies",
    )
  }
  // Where no proxy is trusted, the socket says the same as `ctx.ip`, which costs more.
  const address = proxy ? ctx.ip : ctx.req.socket.remoteAddress
  if (address === undefined || address === '') {
    limiter?.reporter.warn(
      'WARN_NO_ADDRESS',
      'a request has no client address (a Unix socket?) and counts as 127.0.0.1',
    )
    return '127.0.0.1'
  }
  return clientAddress(address, limiter?.ipv6Prefix)
}
