import { countedAddress, lookForProxy, permissiveProxy, untrustedProxy } from '../../http/counted-address.ts'
import { type HttpRequest, httpRequestOf } from './contexts.ts'
import { Exchange } from './exchange.ts'
import type { NestLimiter } from './nest-limiter.ts'
import type { Req } from './types.ts'

const EXPRESS = "Express's `trust proxy`"
const REMEDY = 'set it to the number of proxies, or to their addresses'
const UNTRUSTED_BY_EXPRESS = untrustedProxy(`${EXPRESS} is not set`, REMEDY)
const UNTRUSTED_BY_FASTIFY = untrustedProxy("Fastify's `trustProxy` is not set", REMEDY)
const PERMISSIVE_EXPRESS = permissiveProxy(`${EXPRESS} is true`, REMEDY)

interface Socket {
  readonly remoteAddress?: string | undefined
}

type AddressedRequest = HttpRequest & {
  readonly ip?: string | undefined
  /** Express only. */
  readonly app?: { readonly settings?: { readonly 'trust proxy'?: unknown } }
  readonly socket?: Socket
}

/** A client of `ws`, or of Socket.IO. */
interface WsClient {
  readonly _socket?: Socket
  readonly handshake?: { readonly address?: string }
}

/**
 * The address of the client, as the setting for trusted proxies of Express (`trust proxy`) or Fastify (`trustProxy`) finds it;
 * of a WebSocket, that of its connection. IPv6 addresses count by the limiter's `ipv6Prefix` (64 bits unless told otherwise),
 * IPv4-mapped ones as IPv4. Without an address, as on a Unix socket, it is 127.0.0.1, and a warning says so once. Messages of
 * microservices have no client: undefined, so that such a limit does not apply to them.
 */
export function remoteAddress(context: Req): string | undefined {
  const limiter = Exchange.of(context)?.deciding as NestLimiter | undefined
  const address = addressOf(context, limiter)
  return address === NONE ? undefined : countedAddress(address, limiter)
}

const NONE = Symbol('none')

function addressOf(context: Req, limiter: NestLimiter | undefined): string | undefined | typeof NONE {
  const type: string = context.getType()
  if (type === 'ws') {
    const { _socket, handshake } = context.getArgByIndex<WsClient>(0)
    return handshake?.address ?? _socket?.remoteAddress
  }
  const request: AddressedRequest | undefined = httpRequestOf(context)
  return request ? addressOfHttp(request, limiter) : NONE
}

function addressOfHttp(request: AddressedRequest, limiter: NestLimiter | undefined): string | undefined {
  // Only requests of Fastify apps that trust a proxy have `ips` when it is asked for so.
  const settings = request.app?.settings
  const trust = settings ? settings['trust proxy'] : 'ips' in request
  if (trust === true && settings) {
    limiter?.reporter.warn('WARN_PROXY_PERMISSIVE', PERMISSIVE_EXPRESS)
  } else if (!trust) lookForProxy(limiter, request, settings ? UNTRUSTED_BY_EXPRESS : UNTRUSTED_BY_FASTIFY)
  // Where no proxy is trusted, the socket says the same as `request.ip`, which costs more.
  return trust ? request.ip : request.socket?.remoteAddress
}
