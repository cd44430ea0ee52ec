import { ConfigurationError } from '../../../errors.ts'
import { rethrow } from '../../rethrow.ts'
import type { AdoptedCluster, Command, Connection, Endpoint } from '../connection.ts'

/** What is used of a client of valkey-glide for one server. */
export interface GlideClient {
  customCommand(args: string[]): Promise<unknown>
}

/** What is used of its client for a cluster. */
export interface GlideCluster {
  customCommand(args: string[], options?: { route: Route }): Promise<unknown>
  invokeScriptWithRoute: unknown
}

type Route = 'randomNode' | { type: 'routeByAddress'; host: string; port: number }

/** How long glide itself waits for an answer, in ms. It holds commands back while it reconnects, and would send them then. */
const REQUEST_TIMEOUT = 1000

/** Opens a connection through valkey-glide. */
export async function connectGlide(endpoint: Endpoint, signal: AbortSignal): Promise<Connection> {
  const { GlideClient } = await import('@valkey/valkey-glide').catch(rethrow)
  const { address, username, password, db, tls, connectTimeout } = endpoint
  if ('path' in address)
    throw new ConfigurationError(`valkey-glide cannot use a Unix socket (${address.path}): install ioredis or iovalkey`)
  const client = await GlideClient.createClient({
    addresses: [address],
    ...(password !== undefined && { credentials: username === undefined ? { password } : { username, password } }),
    databaseId: db,
    useTLS: tls !== undefined,
    requestTimeout: REQUEST_TIMEOUT,
    advancedConfiguration: {
      connectionTimeout: connectTimeout,
      ...(tls !== undefined && { tlsAdvancedConfiguration: tlsOf(tls) }),
    },
  })
  let isOpen = true
  const close = (): void => {
    isOpen = false
    client.close()
  }
  if (signal.aborted) close()
  return {
    send: (commands) =>
      commands.map(async (command) => {
        try {
          return await ask(client, command)
        } catch (error) {
          // It reconnects by itself, but what it holds back meanwhile must not be sent later.
          if (isOpen && isConnectionLost(error)) close()
          throw error
        }
      }),
    get isOpen() {
      return isOpen
    },
    close,
  }
}

/** A connection that is the app's own client: it is never closed, and reconnects as the app has told it to. */
export function adoptGlide(client: GlideClient): Connection {
  return { send: (commands) => commands.map((command) => ask(client, command)), isOpen: true, close() {} }
}

/** The same of a client for a cluster. */
export function adoptGlideCluster(client: GlideCluster): AdoptedCluster {
  const through = (route: Route): GlideClient => ({ customCommand: (args) => client.customCommand(args, { route }) })
  return {
    keyPrefix: '',
    send: (command, firstKey) => ask(firstKey === undefined ? through('randomNode') : client, command),
    async masters() {
      const ranges = (await ask(through('randomNode'), ['CLUSTER', 'SLOTS'])) as [unknown, unknown, [string, number]][]
      const masters = new Map(ranges.map(([, , [host, port]]) => [`${host}:${port}`, { host, port }]))
      return [...masters.values()].map((node) => adoptGlide(through({ type: 'routeByAddress', ...node })))
    },
  }
}

async function ask(client: GlideClient, command: Command): Promise<unknown> {
  try {
    return await client.customCommand([...command])
  } catch (error) {
    throw asAnswered(error)
  }
}

/** How glide calls the codes with which servers begin their errors. */
const CODES: Readonly<Record<string, string>> = {
  ResponseError: 'ERR',
  NoScriptError: 'NOSCRIPT',
  PermissionDenied: 'NOPERM',
  ReadOnly: 'READONLY',
  Moved: 'MOVED',
  Ask: 'ASK',
  TryAgain: 'TRYAGAIN',
  ClusterDown: 'CLUSTERDOWN',
  CrossSlot: 'CROSSSLOT',
}

/** The error as the server has put it. */
function asAnswered(error: unknown): unknown {
  const [, kind, text] = /^An error was signalled by the server: - (\w+): (.*)$/s.exec((error as Error).message) ?? []
  return kind === undefined ? error : new Error(`${CODES[kind] ?? kind} ${text}`, { cause: error })
}

function isConnectionLost(error: unknown): boolean {
  return error instanceof Error && ['ConnectionError', 'ClosingError', 'TimeoutError'].includes(error.name)
}

function tlsOf(tls: NonNullable<Endpoint['tls']>): { insecure?: boolean; rootCertificates?: string } {
  const { rejectUnauthorized, ca, cert, key } = tls
  if (cert !== undefined || key !== undefined) {
    throw new ConfigurationError(
      'valkey-glide has no client certificates (tls: cert, key): install ioredis or iovalkey',
    )
  }
  return {
    ...(rejectUnauthorized === false && { insecure: true }),
    ...(ca !== undefined && { rootCertificates: [ca].flat().map(String).join('\n') }),
  }
}
