import type { Connect, Connection, Endpoint } from '../connection.ts'
import { importError } from './missing.ts'

/** How node-redis opens connections. */
export async function loadNodeRedis(): Promise<Connect> {
  const pattern = await loadPattern()
  return (endpoint, signal) => connect(pattern, endpoint, signal)
}

/** A client to make others of: `createClient` makes a class of all commands for each address, and the process stands still for 30 ms. */
async function loadPattern() {
  try {
    const { createClient } = await import('redis')
    return createClient()
  } catch (error) {
    throw importError(error, 'redis')
  }
}

async function connect(
  pattern: Awaited<ReturnType<typeof loadPattern>>,
  endpoint: Endpoint,
  signal: AbortSignal,
): Promise<Connection> {
  const { address, username, password, db, tls, connectTimeout } = endpoint
  const client = pattern.duplicate({
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
