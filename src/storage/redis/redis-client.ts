import { adoptGlide, adoptGlideCluster, type GlideClient, type GlideCluster } from './clients/glide.ts'
import { adoptIoredis, adoptIoredisCluster, type IoredisClient, type IoredisCluster } from './clients/ioredis.ts'
import {
  adoptNodeRedis,
  adoptNodeRedisCluster,
  adoptNodeRedisSentinel,
  type NodeRedisClient,
  type NodeRedisCluster,
  type NodeRedisSentinel,
} from './clients/node-redis.ts'
import type { AdoptedCluster, Connection } from './connection.ts'

/** A client that the app already has: of ioredis, node-redis, iovalkey or valkey-glide, for one server or a cluster. */
export type RedisClient =
  | IoredisClient
  | IoredisCluster
  | NodeRedisClient
  | NodeRedisSentinel
  | NodeRedisCluster
  | GlideClient
  | GlideCluster

/** A client of the app's as the storage uses it. */
export type Adopted = { readonly server: Connection } | { readonly cluster: AdoptedCluster }

/** Whether something is a client that {@link adoptClient} knows how to use. By what it can do, not by its name, which bundlers change. */
export function isRedisClient(value: unknown): value is RedisClient {
  return can(value, 'sendCommand') || can(value, 'customCommand') || (can(value, 'call') && can(value, 'pipeline'))
}

/** How to use a client of the app's. */
export function adoptClient(client: RedisClient): Adopted {
  if (can(client, 'customCommand')) {
    return can(client, 'invokeScriptWithRoute')
      ? { cluster: adoptGlideCluster(client as GlideCluster) }
      : { server: adoptGlide(client as GlideClient) }
  }
  if (can(client, 'pipeline')) {
    return can(client, 'nodes')
      ? { cluster: adoptIoredisCluster(client as IoredisCluster) }
      : { server: adoptIoredis(client as IoredisClient) }
  }
  if (can(client, 'nodeClient')) return { cluster: adoptNodeRedisCluster(client as NodeRedisCluster) }
  return can(client, 'getMasterNode')
    ? { server: adoptNodeRedisSentinel(client as NodeRedisSentinel) }
    : { server: adoptNodeRedis(client as NodeRedisClient) }
}

function can(value: unknown, method: string): boolean {
  return typeof value === 'object' && value !== null && typeof (value as Record<string, unknown>)[method] === 'function'
}
