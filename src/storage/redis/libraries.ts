import { ConfigurationError } from '../../errors.ts'
import { loadGlide } from './clients/glide-connection.ts'
import { loadIoredis, loadIovalkey } from './clients/ioredis-connection.ts'
import { MissingLibrary } from './clients/missing.ts'
import { loadNodeRedis } from './clients/node-redis-connection.ts'
import type { Connect } from './connection.ts'
import type { RedisLibrary } from './redis-options.ts'
import type { RedisUri } from './redis-uri.ts'

const LOAD: Readonly<Record<RedisLibrary, () => Promise<Connect>>> = {
  ioredis: loadIoredis,
  redis: loadNodeRedis,
  iovalkey: loadIovalkey,
  '@valkey/valkey-glide': loadGlide,
}

/** Which library is used if several are installed. */
const ORDER: Readonly<Record<RedisUri['product'], readonly RedisLibrary[]>> = {
  redis: ['ioredis', 'redis', 'iovalkey', '@valkey/valkey-glide'],
  valkey: ['iovalkey', '@valkey/valkey-glide', 'ioredis', 'redis'],
}

/** Loads the chosen library, or else the first one that is installed; answers how it opens connections. */
export async function loadLibrary(product: RedisUri['product'], chosen: RedisLibrary | undefined): Promise<Connect> {
  const wanted = chosen === undefined ? ORDER[product] : [chosen]
  for (const library of wanted) {
    try {
      return await LOAD[library]()
    } catch (error) {
      if (!(error instanceof MissingLibrary)) throw error
    }
  }
  throw missing(product, wanted)
}

function missing(product: string, [first, ...others]: readonly RedisLibrary[]): ConfigurationError {
  const alternatives = others.length === 0 ? '' : ` (or ${others.join(', ')})`
  return new ConfigurationError(`${product}:// needs a client library: npm install ${first}${alternatives}`, {
    code: 'ERR_MISSING_PEER',
  })
}
