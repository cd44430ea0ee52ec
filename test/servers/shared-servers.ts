import type { GlideClientConfiguration } from '@valkey/valkey-glide'
import { Cluster, Redis } from 'ioredis'
import type { Endpoint } from '../../src/storage/redis/connection.ts'
import { type Address, parseRedisUri, type RedisUri } from '../../src/storage/redis/redis-uri.ts'
import { givenUri, type GivenServer } from './given-uri.ts'
import { startCluster } from './redis-cluster.ts'
import { startSentinels } from './redis-sentinel.ts'
import { type ServerProgram, startServer, whyWithout } from './redis-server.ts'

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

/** Why there is no such server here; undefined: there is. */
export function whyWithoutShared(what: GivenServer): string | undefined {
  return givenUri(what) === undefined ? whyWithout(what === 'cluster' ? 'redis-server' : what) : undefined
}

/** The server that the environment names, emptied, or one of the tests' own. */
export async function shareServer(
  program: Exclude<ServerProgram, 'redis-sentinel'> = 'redis-server',
): Promise<SharedServer> {
  const given = givenUri(program)
  const own = given === undefined ? await startServer([], program) : undefined
  const uri = given ?? own!.uri
  const at = parseRedisUri(uri)
  return shared(uri, at, [new Redis(optionsOf(at))], own)
}

/** The same of a cluster. */
export async function shareCluster(): Promise<SharedServer> {
  const given = givenUri('cluster')
  const own = given === undefined ? await startCluster() : undefined
  const uri = given ?? own!.uri
  const at = parseRedisUri(uri)
  return shared(uri, at, await mastersOf(at), own)
}

/** The same of a master that Sentinels watch. */
export async function shareSentinels(): Promise<SharedServer> {
  const given = givenUri('redis-sentinel')
  const own = given === undefined ? await startSentinels() : undefined
  const uri = given ?? own!.uri
  const at = parseRedisUri(uri)
  const { username, password, db } = optionsOf(at)
  const admin = new Redis({ sentinels: [...at.addresses], name: at.service!, username, password, db })
  return shared(uri, at, [admin], own)
}

async function shared(
  uri: string,
  at: RedisUri,
  admins: readonly Redis[],
  own: { stop(): Promise<void> } | undefined,
): Promise<SharedServer> {
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
