import type { Connection, Endpoint } from '../connection.ts'
import { importError } from './missing.ts'

/** Opens a connection through node-redis. */
export async function connectNodeRedis(endpoint: Endpoint, signal: AbortSignal): Promise<Connection> {
  const { createClient } = await load()
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

async function load() {
  try {
    return await import('redis')
  } catch (error) {
    throw importError(error, 'redis')
  }
}
