import type { AdoptedCluster, Connection } from '../connection.ts'

/** What is used of a client of node-redis for one server, or of a pool of such. */
export interface NodeRedisClient {
  sendCommand(args: string[]): Promise<unknown>
}

/** What is used of its client for a master that Sentinels watch. */
export interface NodeRedisSentinel {
  sendCommand(isReadonly: boolean, args: string[]): Promise<unknown>
  getMasterNode(): unknown
}

/** What is used of its client for a cluster. */
export interface NodeRedisCluster {
  sendCommand(firstKey: string | undefined, isReadonly: boolean, args: string[]): Promise<unknown>
  readonly masters: readonly unknown[]
  nodeClient(node: never): NodeRedisClient | Promise<NodeRedisClient>
}

/** A connection that is the app's own client: it is never closed, and reconnects as the app has told it to. */
export function adoptNodeRedis(client: NodeRedisClient): Connection {
  return { send: (commands) => commands.map((command) => client.sendCommand([...command])), isOpen: true, close() {} }
}

/** The same of a client for a master that Sentinels watch. */
export function adoptNodeRedisSentinel(client: NodeRedisSentinel): Connection {
  return {
    send: (commands) => commands.map((command) => client.sendCommand(false, [...command])),
    isOpen: true,
    close() {},
  }
}

/** The same of a client for a cluster. */
export function adoptNodeRedisCluster(client: NodeRedisCluster): AdoptedCluster {
  return {
    keyPrefix: '',
    send: (command, firstKey) => client.sendCommand(firstKey, false, [...command]),
    masters: () =>
      Promise.all(client.masters.map(async (node) => adoptNodeRedis(await client.nodeClient(node as never)))),
  }
}
