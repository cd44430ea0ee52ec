import { rethrow } from '../../rethrow.ts'
import type { AdoptedCluster, Connection, Endpoint } from '../connection.ts'

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

/** Opens a connection through node-redis. */
export async function connectNodeRedis(endpoint: Endpoint, signal: AbortSignal): Promise<Connection> {
  const { createClient } = await import('redis').catch(rethrow)
  const { address, username, password, db, tls, connectTimeout } = endpoint
  const client = createClient({
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    database: db,
    // What has been sent on a connection that was lost may have been carried out: nothing is kept for another one.
    disableOfflineQueue: true,
    // The limiter has a deadline for every command.
    commandOptions: { timeout: undefined } as unknown as Record<never, never>,
    socket: {
      ...address,
      ...(tls !== undefined && { tls: true as const, ...tls }),
      connectTimeout,
      reconnectStrategy: false,
    },
  })
  // Without a listener an error would end the process; whoever waits for an answer is told anyway.
  client.on('error', () => {})
  const close = (): void => {
    if (client.isOpen) client.destroy()
  }
  signal.addEventListener('abort', close, { once: true })
  await client.connect()
  return {
    send: (commands) => commands.map((command) => client.sendCommand([...command])),
    get isOpen() {
      return client.isReady
    },
    close,
  }
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
