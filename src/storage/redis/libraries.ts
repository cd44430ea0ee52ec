import { ConfigurationError } from '../../errors.ts'
import { connectGlide } from './clients/glide-connection.ts'
import { connectIoredis, connectIovalkey } from './clients/ioredis-connection.ts'
import { MissingLibrary } from './clients/missing.ts'
import { connectNodeRedis } from './clients/node-redis-connection.ts'
import type { Connect } from './connection.ts'
import type { RedisLibrary } from './redis-options.ts'
import type { RedisUri } from './redis-uri.ts'

const CONNECT: Readonly<Record<RedisLibrary, Connect>> = {
  ioredis: connectIoredis,
  redis: connectNodeRedis,
  iovalkey: connectIovalkey,
  '@valkey/valkey-glide': connectGlide,
}

/** Which library is used if several are installed. */
const ORDER: Readonly<Record<RedisUri['product'], readonly RedisLibrary[]>> = {
  redis: ['ioredis', 'redis', 'iovalkey', '@valkey/valkey-glide'],
  valkey: ['iovalkey', '@valkey/valkey-glide', 'ioredis', 'redis'],
}

/** Opens connections through the chosen library, or else through the first one that is installed. */
export function connectBy(product: RedisUri['product'], chosen: RedisLibrary | undefined): Connect {
  const wanted = chosen === undefined ? ORDER[product] : [chosen]
  let candidates = wanted
  return async (endpoint, signal) => {
    for (const library of candidates) {
      try {
        return await CONNECT[library](endpoint, signal)
      } catch (error) {
        if (!(error instanceof MissingLibrary)) throw error
        candidates = candidates.filter((other) => other !== library)
      }
    }
    candidates = wanted
    throw missing(product, wanted)
  }
}

function missing(product: string, [first, ...others]: readonly RedisLibrary[]): ConfigurationError {
  const alternatives = others.length === 0 ? '' : ` (or ${others.join(', ')})`
  return new ConfigurationError(`${product}:// needs a client library: npm install ${first}${alternatives}`, {
    code: 'ERR_MISSING_PEER',
  })
}
