import { ConfigurationError } from '../../errors.ts'
import { lateStorage } from '../late-storage.ts'
import { redact } from '../redact.ts'
import type { Storage } from '../storage.ts'
import { adoptClient, type RedisClient } from './redis-client.ts'
import { checkRedisOptions } from './redis-options.ts'
import { parseRedisUri } from './redis-uri.ts'

/**
 * The storage that a Redis or Valkey address names. Nothing is loaded or connected before its first use.
 *
 * @throws ConfigurationError for an address or an option that cannot be used.
 */
export function openRedis(uri: string, options: Readonly<Record<string, unknown>>): Storage {
  const address = parseRedisUri(uri)
  const checked = checkRedisOptions(options)
  const name = redact(uri)
  return lateStorage({ name, atomicity: address.kind === 'cluster' ? 'key' : 'batch' }, async () =>
    (await load(name)).connectRedis(name, address, checked),
  )
}

/** The storage that uses a client of the app's. */
export function openRedisClient(client: RedisClient): Storage {
  const name = 'redis'
  const adopted = adoptClient(client)
  return lateStorage({ name, atomicity: 'cluster' in adopted ? 'key' : 'batch' }, async () =>
    (await load(name)).adoptedRedis(name, adopted),
  )
}

async function load(name: string) {
  // Next.js writes out what this is while it builds: for that runtime nothing that needs sockets is even looked for.
  if ((process.env as { readonly NEXT_RUNTIME?: string }).NEXT_RUNTIME === 'edge') {
    throw new ConfigurationError(`${name} cannot be used in the edge runtime of Next.js, which has no sockets`)
  } else {
    return import('./connect-redis.ts')
  }
}
