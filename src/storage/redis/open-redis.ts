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
  return lateStorage({ name, atomicity: address.kind === 'cluster' ? 'key' : 'batch' }, async () => {
    const { connectRedis } = await import('./connect-redis.ts')
    return connectRedis(name, address, checked)
  })
}

/** The storage that uses a client of the app's. */
export function openRedisClient(client: RedisClient): Storage {
  const name = 'redis'
  const adopted = adoptClient(client)
  return lateStorage({ name, atomicity: 'cluster' in adopted ? 'key' : 'batch' }, async () => {
    const { adoptedRedis } = await import('./connect-redis.ts')
    return adoptedRedis(name, adopted)
  })
}
