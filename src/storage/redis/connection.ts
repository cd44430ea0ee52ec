/** A command as it goes on the wire, its name first. */
export type Command = readonly string[]

/** A way to one server, or through a client of the app's to several. */
export interface Connection {
  /** Sends commands, in one write where the client can; answers a promise for each. Never sends anything twice. */
  send(commands: readonly Command[]): readonly Promise<unknown>[]
  /** False once it is lost: it never comes back, and another one has to be opened. */
  readonly isOpen: boolean
  /** What the client puts before every key by itself, though not into the pattern of SCAN. */
  readonly keyPrefix?: string
  close(): void
}

/** How to reach one server. */
export interface Endpoint {
  /** A host and port, or the path of a Unix socket. */
  readonly address: { readonly host: string; readonly port: number } | { readonly path: string }
  readonly username: string | undefined
  readonly password: string | undefined
  readonly db: number
  /** Undefined: without TLS. As `tls.connect` of Node takes it. */
  readonly tls: Readonly<Record<string, unknown>> | undefined
  /** ms for opening a connection. */
  readonly connectTimeout: number
}

/** Opens a connection; rejects with what the client or the server reported. The signal gives up the attempt. */
export type Connect = (endpoint: Endpoint, signal: AbortSignal) => Promise<Connection>

/** The app's own client for a cluster, which finds the node of a command by itself. */
export interface AdoptedCluster {
  /** As {@link Connection.keyPrefix}. */
  readonly keyPrefix: string
  send(command: Command, firstKey: string | undefined): Promise<unknown>
  /** A connection to each server that has keys of its own. */
  masters(): Promise<readonly Connection[]>
}
