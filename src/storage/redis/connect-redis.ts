import type { Storage } from '../storage.ts'
import { AdoptedClusterRoute } from './adopted-cluster-route.ts'
import { ClusterRoute } from './cluster-route.ts'
import type { Command, Connect, Connection, Endpoint } from './connection.ts'
import { loadLibrary } from './libraries.ts'
import { Link } from './link.ts'
import type { Adopted } from './redis-client.ts'
import type { RedisOptions } from './redis-options.ts'
import { RedisStorage } from './redis-storage.ts'
import type { Address, RedisUri } from './redis-uri.ts'
import type { Route } from './route.ts'
import { checkRole, findMaster } from './sentinel.ts'
import { checkServerVersion } from './server-version.ts'
import { SingleRoute } from './single-route.ts'

const CONNECT_TIMEOUT_MS = 2000

/** Makes the storage of an address, and loads a library for it. It connects when it is first asked. */
export async function connectRedis(name: string, uri: RedisUri, options: RedisOptions): Promise<Storage> {
  const connect = await loadLibrary(uri.product, options.client)
  return new RedisStorage(name, routeTo(name, uri, options, connect))
}

/** Makes a storage of a client that the app already has. It is used as it is, and never closed. */
export function adoptedRedis(name: string, adopted: Adopted): Storage {
  if ('cluster' in adopted) {
    const { cluster } = adopted
    const route = new AdoptedClusterRoute(cluster, () =>
      checkVersion((command) => cluster.send(command, undefined), name),
    )
    return new RedisStorage(name, route)
  }
  const { server } = adopted
  const link = new Link(async () => checked(server, name), Infinity)
  return new RedisStorage(name, new SingleRoute(link, server.keyPrefix))
}

function routeTo(name: string, uri: RedisUri, options: RedisOptions, connect: Connect): Route {
  const base = baseOf(uri, options)
  const at = (address: Endpoint['address']): Endpoint => ({ ...base, address })
  const linkTo = (open: (signal: AbortSignal) => Promise<Connection>): Link =>
    new Link(async (signal) => checked(await open(signal), name), base.connectTimeout)

  switch (uri.kind) {
    case 'single':
      return new SingleRoute(linkTo((signal) => connect(at(uri.addresses[0]!), signal)))
    case 'unix':
      return new SingleRoute(linkTo((signal) => connect(at({ path: uri.path! }), signal)))
    case 'sentinel': {
      const sentinels = uri.addresses.map((address) => sentinelAt(address, base, options))
      return new SingleRoute(linkTo((signal) => connectMaster(sentinels, uri.service!, at, connect, signal)))
    }
    case 'cluster':
      return new ClusterRoute(uri.addresses, (address) => linkTo((signal) => connect(at(address), signal)))
  }
}

function baseOf(uri: RedisUri, options: RedisOptions): Omit<Endpoint, 'address'> {
  return {
    username: uri.username ?? options.username,
    password: uri.password ?? options.password,
    db: uri.db ?? options.db ?? 0,
    tls: typeof options.tls === 'object' ? options.tls : uri.tls || options.tls === true ? {} : undefined,
    connectTimeout: options.connectTimeout ?? CONNECT_TIMEOUT_MS,
  }
}

function sentinelAt(address: Address, base: Omit<Endpoint, 'address'>, options: RedisOptions): Endpoint {
  return { ...base, address, username: options.sentinelUsername, password: options.sentinelPassword, db: 0 }
}

async function connectMaster(
  sentinels: readonly Endpoint[],
  service: string,
  at: (address: Address) => Endpoint,
  connect: Connect,
  signal: AbortSignal,
): Promise<Connection> {
  const connection = await connect(at(await findMaster(sentinels, service, connect, signal)), signal)
  return closedUnless(connection, checkRole(connection))
}

/** The connection, once its server is known to be new enough. */
function checked(connection: Connection, name: string): Promise<Connection> {
  return closedUnless(
    connection,
    checkVersion((command) => connection.send([command])[0]!, name),
  )
}

async function closedUnless(connection: Connection, condition: Promise<void>): Promise<Connection> {
  try {
    await condition
    return connection
  } catch (error) {
    connection.close()
    throw error
  }
}

async function checkVersion(send: (command: Command) => Promise<unknown>, name: string): Promise<void> {
  const info = await send(['INFO', 'server']).catch((error: Error) => {
    // Who may not ask learns no version; everything else is a reason not to go on.
    if (!/NOPERM/.test(error.message)) throw error
    return ''
  })
  checkServerVersion(String(info), name)
}
