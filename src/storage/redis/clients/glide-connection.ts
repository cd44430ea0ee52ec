import type { GlideClient } from '@valkey/valkey-glide'
import { ConfigurationError } from '../../../errors.ts'
import type { Connect, Connection, Endpoint } from '../connection.ts'
import { ask } from './glide.ts'
import { importError } from './missing.ts'

/** How long glide itself waits for an answer, in ms. It holds commands back while it reconnects, and would send them then. */
const REQUEST_TIMEOUT = 1000

/** How valkey-glide opens connections. */
export async function loadGlide(): Promise<Connect> {
  try {
    const { GlideClient: Client } = await import('@valkey/valkey-glide')
    return async (endpoint, signal) => connect(Client, endpoint, signal)
  } catch (error) {
    throw importError(error, '@valkey/valkey-glide')
  }
}

async function connect(Client: typeof GlideClient, endpoint: Endpoint, signal: AbortSignal): Promise<Connection> {
  const { address, username, password, db, tls, connectTimeout } = endpoint
  if ('path' in address)
    throw new ConfigurationError(`valkey-glide cannot use a Unix socket (${address.path}): install ioredis or iovalkey`)
  const client = await Client.createClient({
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
