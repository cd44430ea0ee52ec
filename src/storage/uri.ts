import { ConfigurationError } from '../errors.ts'
import { nearest } from '../nearest.ts'
import { quote, show } from '../show.ts'
import { filledIn } from '../without-undefined.ts'
import { MEMORY_STORAGE_OPTIONS, memoryStorage } from './memory/memory-storage.ts'
import { redact } from './redact.ts'
import { openRedis, openRedisClient } from './redis/open-redis.ts'
import { isRedisClient, type RedisClient } from './redis/redis-client.ts'
import { REDIS_STORAGE_OPTIONS } from './redis/redis-options.ts'
import { REDIS_SCHEMES } from './redis/redis-uri.ts'
import type { Storage } from './storage.ts'

/** A storage named by its address, with options of its own. */
export interface StorageAddress {
  readonly uri: string
  readonly [option: string]: unknown
}

/**
 * What the `storage` option takes: an address such as `memory://`, one with options, a storage that is already made, or a client of
 * Redis or Valkey that the app already has.
 */
export type StorageSource = string | StorageAddress | Storage | RedisClient

/** Makes the storages of one or more schemes. */
interface StorageKind {
  readonly schemes: readonly string[]
  /** The names of its options. */
  readonly options: readonly string[]
  /** Makes the storage, without waiting: one whose client has to be imported first does that at its first call. */
  open(uri: string, options: Readonly<Record<string, unknown>>): Storage
}

const KINDS: readonly StorageKind[] = [
  {
    schemes: ['memory'],
    options: MEMORY_STORAGE_OPTIONS,
    open: (uri, options) => {
      if (uri.endsWith('://')) return memoryStorage(options)
      throw new ConfigurationError(`process memory has no address: use "memory://", not ${quote(redact(uri))}`)
    },
  },
  { schemes: REDIS_SCHEMES, options: REDIS_STORAGE_OPTIONS, open: openRedis },
]

/**
 * Makes the storage that `source` names; one that is already made is returned as it is. `options` are the storage's own, and
 * those of `source` win.
 *
 * @throws ConfigurationError for a scheme that is not supported and for an option that the storage does not have.
 */
export function openStorage(source: StorageSource, options: Readonly<Record<string, unknown>> = {}): Storage {
  if (isStorage(source)) {
    if (Object.keys(options).length === 0) return source
    throw new ConfigurationError(
      `the storage "${source.name}" is already made: give it its options there, not as storageOptions`,
    )
  }
  if (isRedisClient(source)) {
    if (Object.keys(options).length === 0) return openRedisClient(source)
    throw new ConfigurationError('a Redis client that is already made has its options: give none as storageOptions')
  }
  const { uri, ...own } = typeof source === 'object' && source !== null ? source : { uri: source }
  if (typeof uri !== 'string') {
    throw new ConfigurationError(`storage: expected an address such as "memory://" or a storage, got ${show(uri)}`)
  }
  const kind = kindOf(uri)
  const all = filledIn(own, options)
  for (const name of Object.keys(all)) {
    if (!kind.options.includes(name)) throw unknownOption(name, kind)
  }
  return kind.open(uri, all)
}

function kindOf(uri: string): StorageKind {
  const scheme = uri.slice(0, Math.max(0, uri.indexOf('://'))).toLowerCase()
  const kind = KINDS.find(({ schemes }) => schemes.includes(scheme))
  if (kind !== undefined) return kind
  const known = KINDS.flatMap(({ schemes }) => schemes)
  const supported = known.map((name) => `${name}://`).join(', ')
  const hint = didYouMean(scheme, known)
  throw new ConfigurationError(`storage: there is none for ${quote(redact(uri))}; supported are ${supported}${hint}`)
}

function unknownOption(name: string, { schemes, options }: StorageKind): ConfigurationError {
  const hint = didYouMean(name, options)
  return new ConfigurationError(
    `the storage ${schemes[0]}:// has no option ${quote(name)}; it has ${options.join(', ')}${hint}`,
  )
}

function didYouMean(word: string, among: readonly string[]): string {
  const meant = nearest(word, among)
  return meant === undefined ? '' : `; did you mean "${meant}"?`
}

function isStorage(source: StorageSource): source is Storage {
  return typeof source === 'object' && source !== null && typeof (source as Partial<Storage>).evaluate === 'function'
}
