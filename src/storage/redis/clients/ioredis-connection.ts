import type { Connect, Connection, Endpoint } from '../connection.ts'
import { type IoredisClient, send } from './ioredis.ts'
import { importError } from './missing.ts'

// Their main export is a class, of which webpack knows no names: the class itself is the default.

/** How ioredis opens connections. */
export async function loadIoredis(): Promise<Connect> {
  try {
    const { Redis } = (await import('ioredis')).default
    return async (endpoint, signal) => connect(new Redis(optionsOf(endpoint)), signal)
  } catch (error) {
    throw importError(error, 'ioredis')
  }
}

/** How iovalkey opens connections. */
export async function loadIovalkey(): Promise<Connect> {
  try {
    const { Redis } = (await import('iovalkey')).default
    return async (endpoint, signal) => connect(new Redis(optionsOf(endpoint)), signal)
  } catch (error) {
    throw importError(error, 'iovalkey')
  }
}

interface OwnClient extends IoredisClient {
  readonly stream?: { readonly writable: boolean }
  connect(): Promise<void>
  disconnect(): void
  on(event: 'error', listener: (error: Error) => void): unknown
}

async function connect(client: OwnClient, signal: AbortSignal): Promise<Connection> {
  let failure: Error | undefined
  // Without a listener errors go to the console. The first one says why; what commands are rejected with does not always.
  client.on('error', (error) => {
    failure ??= error
  })
  signal.addEventListener('abort', () => client.disconnect(), { once: true })
  try {
    await client.connect()
    // Some versions call themselves connected before the password, or the database, has been accepted.
    await client.call('PING')
    if (failure !== undefined) throw failure
  } catch (error) {
    client.disconnect()
    throw failure ?? error
  }
  return {
    send: (commands) => send(client, commands),
    get isOpen() {
      // The status follows the stream, a little later.
      return client.status === 'ready' && client.stream?.writable !== false
    },
    close: () => client.disconnect(),
  }
}

function optionsOf({ address, username, password, db, tls, connectTimeout }: Endpoint) {
  return {
    ...address,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls !== undefined && { tls }),
    db,
    connectTimeout,
    // What stands between, such as a load balancer, forgets connections that are silent for minutes. Not all versions ask so of themselves.
    keepAlive: 30_000,
    lazyConnect: true,
    enableReadyCheck: false,
    // What has been sent on a connection that was lost may have been carried out: nothing is kept for another one.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    retryStrategy: () => null,
  }
}
