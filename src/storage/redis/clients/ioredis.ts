import { rethrow } from '../../rethrow.ts'
import type { AdoptedCluster, Command, Connection, Endpoint } from '../connection.ts'

/** What is used of a client of ioredis or iovalkey, for one server or a cluster. */
export interface IoredisClient {
  readonly status: string
  readonly options: { readonly keyPrefix?: string | undefined }
  call(name: string, ...args: string[]): Promise<unknown>
  pipeline(): { call(name: string, ...args: unknown[]): unknown; exec(): Promise<unknown> }
}

/** What is used of a cluster client besides. */
export interface IoredisCluster extends IoredisClient {
  nodes(role: 'master'): readonly IoredisClient[]
}

/** Opens a connection through ioredis. */
export async function connectIoredis(endpoint: Endpoint, signal: AbortSignal): Promise<Connection> {
  const { Redis } = await import('ioredis').catch(rethrow)
  return connect(new Redis(optionsOf(endpoint)), signal)
}

/** Opens a connection through iovalkey. */
export async function connectIovalkey(endpoint: Endpoint, signal: AbortSignal): Promise<Connection> {
  const { Redis } = await import('iovalkey').catch(rethrow)
  return connect(new Redis(optionsOf(endpoint)), signal)
}

/** A connection that is the app's own client: it is never closed, and reconnects as the app has told it to. */
export function adoptIoredis(client: IoredisClient): Connection {
  return {
    send: (commands) => send(client, commands),
    isOpen: true,
    keyPrefix: client.options.keyPrefix ?? '',
    close() {},
  }
}

/** The same of a client for a cluster. */
export function adoptIoredisCluster(client: IoredisCluster): AdoptedCluster {
  return {
    keyPrefix: client.options.keyPrefix ?? '',
    send: (command) => call(client, command),
    masters: async () => client.nodes('master').map((node) => adoptIoredis(node)),
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
      return client.status === 'ready' && client.stream?.writable === true
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

/** Several in one write; each is answered as soon as its own answer is there. */
function send(client: IoredisClient, commands: readonly Command[]): readonly Promise<unknown>[] {
  if (commands.length === 1) return [call(client, commands[0]!)]
  const pipeline = client.pipeline()
  const answers = commands.map(
    ([name, ...args]) =>
      new Promise((resolve, reject) => {
        pipeline.call(name!.toLowerCase(), ...args, (error: unknown, answer: unknown) => {
          if (error) reject(error)
          else resolve(answer)
        })
      }),
  )
  // What it would reject with, each command is rejected with.
  pipeline.exec().catch(() => {})
  return answers
}

/** In lower case, as version 5 has to have it to find the keys, for its key prefix and for the nodes of a cluster. */
function call(client: IoredisClient, [name, ...args]: Command): Promise<unknown> {
  return client.call(name!.toLowerCase(), ...args)
}
