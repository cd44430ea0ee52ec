import type { WarningCode } from '../limiter/warnings.ts'
import { clientAddress } from './client-address.ts'

/** What is asked of a limiter about addresses. */
interface AddressCounter {
  readonly ipv6Prefix: number
  readonly reporter: { warn(code: WarningCode, message: string): void }
  /** Whether it is worth looking for signs of a proxy. */
  inspectsProxies(): boolean
}

/**
 * The text under which an address counts for the limiter that is deciding. Without an address, as on a Unix socket, it is
 * 127.0.0.1, and a warning says so once.
 */
export function countedAddress(address: string | undefined, limiter: AddressCounter | undefined): string {
  if (address) return clientAddress(address, limiter?.ipv6Prefix)
  limiter?.reporter.warn('WARN_NO_ADDRESS', 'a request has no client address (a Unix socket?) and counts as 127.0.0.1')
  return '127.0.0.1'
}

/** Warns of a proxy that nobody is told to trust. The headers of a request are put together when they are first asked for. */
export function lookForProxy(
  limiter: AddressCounter | undefined,
  request: {
    readonly headers: Readonly<Record<string, unknown>>
    readonly socket?: { readonly remoteAddress?: string | undefined }
  },
  warning: string,
): void {
  if (limiter?.inspectsProxies() && tellsOfProxy(request.headers['x-forwarded-for'], request.socket?.remoteAddress)) {
    limiter.reporter.warn('WARN_PROXY_UNTRUSTED', warning)
  }
}

/**
 * Whether `X-Forwarded-For` tells of a proxy between the client and the socket. Not where it begins with the socket's own address:
 * a platform without sockets, such as AWS Lambda, has made that up of the client's.
 */
export function tellsOfProxy(forwarded: unknown, peer: string | undefined): boolean {
  const first: unknown = Array.isArray(forwarded) ? forwarded[0] : forwarded
  return typeof first === 'string' && first.split(',', 1)[0]!.trim() !== peer
}

/** What WARN_PROXY_UNTRUSTED says: which setting is missing, and what to do about it. */
export function untrustedProxy(missing: string, remedy: string): string {
  return `a request carries X-Forwarded-For, but ${missing}: all clients behind the proxy count as one; ${remedy}`
}

/** What WARN_PROXY_PERMISSIVE says: which setting trusts everybody, and what to do about it. */
export function permissiveProxy(setting: string, remedy: string): string {
  return `${setting}: whoever sends X-Forwarded-For chooses the address that is counted; ${remedy}`
}
