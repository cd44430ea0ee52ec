import { connect, createServer, type Socket } from 'node:net'

/** Stands between a client and a server, and harms what passes. */
export interface TcpProxy {
  readonly port: number
  /** How often a client has connected. */
  readonly connections: number
  /** Holds back what the server answers, by so many ms. */
  delay(ms: number): void
  /** Lets the next answer pass up to so many bytes, and then resets the connection. */
  resetInMidReply(bytes: number): void
  /** Swallows everything in both directions, as a network that has lost a connection without a word; connecting works. */
  swallow(isOn: boolean): void
  /** Resets every connection. */
  reset(): void
  close(): Promise<void>
}

/** Starts a proxy to a port of this machine. */
export async function startProxy(target: number): Promise<TcpProxy> {
  let delay = 0
  let bytesLeft: number | undefined
  let isSwallowing = false
  let connections = 0
  const sockets = new Set<Socket>()
  const reset = (): void => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  const server = createServer((client) => {
    connections += 1
    const upstream = connect(target, '127.0.0.1')
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
    client.on('data', (chunk) => {
      if (!isSwallowing) upstream.write(chunk)
    })
    upstream.on('data', (chunk) => {
      if (isSwallowing) return
      if (bytesLeft !== undefined) {
        const part = chunk.subarray(0, bytesLeft)
        bytesLeft = undefined
        client.write(part, () => client.resetAndDestroy())
      } else if (delay > 0) {
        setTimeout(() => client.write(chunk), delay)
      } else {
        client.write(chunk)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    get connections() {
      return connections
    },
    delay(ms) {
      delay = ms
    },
    resetInMidReply(bytes) {
      bytesLeft = bytes
    },
    swallow(isOn) {
      isSwallowing = isOn
    },
    reset,
    async close() {
      reset()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
