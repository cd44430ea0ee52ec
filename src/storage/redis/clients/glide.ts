import type { AdoptedCluster, Command, Connection } from '../connection.ts'

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

export async function ask(client: GlideClient, command: Command): Promise<unknown> {
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
