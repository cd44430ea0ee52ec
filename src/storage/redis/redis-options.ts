import { ConfigurationError } from '../../errors.ts'
import { show } from '../../show.ts'

/** The client libraries that a storage of Redis or Valkey can use, by the names of their packages. */
export type RedisLibrary = 'ioredis' | 'redis' | 'iovalkey' | '@valkey/valkey-glide'

/** The options of a storage of Redis or Valkey. */
export interface RedisOptions {
  /** Which client library to use. If left out, the first of those that are installed; the page on Redis storage has their order. */
  readonly client?: RedisLibrary | undefined
  /** TLS: `true`, or what `tls.connect` of Node takes, such as `{ ca, cert, key }` with PEM texts. `rediss://` means `true`. */
  readonly tls?: boolean | Readonly<Record<string, unknown>> | undefined
  /** Used where the address has none. */
  readonly username?: string | undefined
  /** Used where the address has none. */
  readonly password?: string | undefined
  /** The number of the database, used where the address has none. 0 if left out. */
  readonly db?: number | undefined
  /** The Sentinels' own user; that of the address is for the servers that they watch. */
  readonly sentinelUsername?: string | undefined
  /** The Sentinels' own password. */
  readonly sentinelPassword?: string | undefined
  /** How long opening a connection may take, in ms; 2000 if left out. */
  readonly connectTimeout?: number | undefined
}

/** The names of {@link RedisOptions}. */
export const REDIS_STORAGE_OPTIONS: readonly (keyof RedisOptions)[] = [
  'client',
  'tls',
  'username',
  'password',
  'db',
  'sentinelUsername',
  'sentinelPassword',
  'connectTimeout',
]

const LIBRARIES: readonly RedisLibrary[] = ['ioredis', 'redis', 'iovalkey', '@valkey/valkey-glide']

/**
 * Checks options that can come from anywhere.
 *
 * @throws ConfigurationError
 */
export function checkRedisOptions(options: Readonly<Record<string, unknown>>): RedisOptions {
  check(options, 'client', `one of ${LIBRARIES.join(', ')}`, (value) => LIBRARIES.includes(value as RedisLibrary))
  check(
    options,
    'tls',
    'true or an object such as { ca, cert, key }',
    (value) => typeof value === 'boolean' || (typeof value === 'object' && value !== null),
  )
  for (const name of ['username', 'password', 'sentinelUsername', 'sentinelPassword'] as const) {
    check(options, name, 'a string', (value) => typeof value === 'string')
  }
  check(options, 'db', 'an integer from 0 on', (value) => Number.isSafeInteger(value) && (value as number) >= 0)
  check(
    options,
    'connectTimeout',
    'milliseconds from 1 to 2^31 - 1',
    (value) => typeof value === 'number' && value >= 1 && value < 2 ** 31,
  )
  return options
}

function check(
  options: Readonly<Record<string, unknown>>,
  name: keyof RedisOptions,
  expected: string,
  holds: (value: unknown) => boolean,
): void {
  const value = options[name]
  if (value === undefined || holds(value)) return
  const isSecret = name === 'password' || name === 'sentinelPassword'
  const given = isSecret || typeof value === 'object' ? `a value of type ${typeof value}` : show(value)
  throw new ConfigurationError(`${name} of the Redis storage must be ${expected}, got ${given}`)
}
