import type { GlideClientConfiguration } from '@valkey/valkey-glide'
import { Cluster, Redis } from 'ioredis'
import type { Endpoint } from '../../src/storage/redis/connection.ts'
import { type Address, parseRedisUri, type RedisUri } from '../../src/storage/redis/redis-uri.ts'
import { givenUri, type ServerKind } from './given-uri.ts'
import { startCluster } from './redis-cluster.ts'
import { startSentinels } from './redis-sentinel.ts'
import { startServer } from './redis-server.ts'

interface OwnOptions {
  readonly host: string
  readonly port: number
  readonly db: number
  readonly username?: string
  readonly password?: string
  readonly tls?: object
}

/** A server, or several that work together, for tests that do it no harm. */
export interface SharedServer {
  /** The address for a storage. */
  readonly uri: string
  /** What the address says. */
  readonly at: RedisUri
  /** For the tests' own commands: to the server or, of a cluster, to each master. */
  readonly admins: readonly Redis[]
  stop(): Promise<void>
}

const START: Readonly<Record<ServerKind, () => Promise<{ readonly uri: string; stop(): Promise<void> }>>> = {
  'redis-server': () => startServer(),
  'valkey-server': () => startServer([], 'valkey-server'),
  cluster: () => startCluster(),
  'redis-sentinel': startSentinels,
}

/** The server that the environment names, emptied, or one of the tests' own. */
export async function shareServer(kind: ServerKind): Promise<SharedServer> {
  const given = givenUri(kind)
  const own = given === undefined ? await START[kind]() : undefined
  const uri = given ?? own!.uri
  const at = parseRedisUri(uri)
  const admins = await adminsOf(at)
  if (own === undefined) await Promise.all(admins.map((admin) => admin.flushdb()))
  return {
    uri,
    at,
    admins,
    async stop() {
      for (const admin of admins) admin.disconnect()
      await own?.stop()
    },
  }
}

async function adminsOf(at: RedisUri): Promise<Redis[]> {
  if (at.kind === 'cluster') return mastersOf(at)
  if (at.kind !== 'sentinel') return [new Redis(optionsOf(at))]
  const { username, password, db } = optionsOf(at)
  return [new Redis({ sentinels: [...at.addresses], name: at.service!, username, password, db })]
}

async function mastersOf(at: RedisUri): Promise<Redis[]> {
  const { username, password } = optionsOf(at)
  const cluster = new Cluster([...at.addresses], { redisOptions: { username, password } })
  await cluster.ping()
  const masters = cluster.nodes('master').map(({ options }) => new Redis(optionsOf(at, options as Address)))
  cluster.disconnect()
  return masters
}

/** The server of an address as a connection of the storage's own is told it. */
export function endpointOf({ at }: SharedServer): Endpoint {
  const { username, password, db = 0, tls } = at
  return { address: at.addresses[0]!, username, password, db, tls: tls ? {} : undefined, connectTimeout: 2000 }
}

/** Options of the tests' own clients for one of the servers of an address, the first if left out: of ioredis, and of iovalkey. */
export function optionsOf(at: RedisUri, { host, port }: Address = at.addresses[0]!): OwnOptions {
  const { username, password, db = 0, tls } = at
  return {
    host,
    port,
    db,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: {} }),
  }
}

/** The same for valkey-glide. */
export function glideOptionsOf({ addresses, username, password, db = 0, tls }: RedisUri): GlideClientConfiguration {
  return {
    addresses: [...addresses],
    databaseId: db,
    useTLS: tls,
    ...(password !== undefined && { credentials: username === undefined ? { password } : { username, password } }),
  }
}
