/**
 * On a message `{ port, ms, clients }` asks that port for `/` over 64 connections from so many addresses, one request at a time
 * on each, and sends how many answers came, by status, and in which time. Connections stay open for the next message.
 */
import { connect } from 'node:net'

const CONNECTIONS = 64
const REQUEST = 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: sluice-bench\r\nConnection: keep-alive\r\n\r\n'

class Connection {
  #socket
  #received = ''
  #answered

  constructor(port, client) {
    this.#socket = connect({ port, host: '127.0.0.1', localAddress: `127.0.0.${client}`, noDelay: true })
    this.#socket.setEncoding('latin1')
    this.#socket.on('data', (chunk) => this.#receive(chunk))
    this.#socket.on('error', (error) => this.#answered?.reject(error))
    this.#socket.on('close', () => this.#answered?.reject(new Error('the server hung up')))
  }

  /** Asks again and again until that instant, and counts the answers. */
  ask(until, statuses) {
    return new Promise((resolve, reject) => {
      this.#answered = { resolve, reject, until, statuses }
      this.#socket.write(REQUEST)
    })
  }

  #receive(chunk) {
    this.#received += chunk
    const head = this.#received.indexOf('\r\n\r\n')
    if (head < 0) return
    const { resolve, reject, until, statuses } = this.#answered
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(this.#received)?.[1])
    if (!(length >= 0)) return reject(new Error(`an answer without a length: ${this.#received}`))
    if (this.#received.length < head + 4 + length) return
    const status = this.#received.slice(9, 12)
    statuses[status] = (statuses[status] ?? 0) + 1
    this.#received = ''
    if (performance.now() < until) this.#socket.write(REQUEST)
    else resolve()
  }
}

const connectionsByPort = new Map()

/** To wake a process that sleeps costs the one that sends to it more than a limiter does, and a slow server would pay it more often. */
function stayAwake(until) {
  if (performance.now() < until) setImmediate(stayAwake, until)
}

process.send('ready')
process.on('message', async ({ port, ms, clients }) => {
  let connections = connectionsByPort.get(port)
  if (!connections) {
    connections = Array.from({ length: CONNECTIONS }, (_, i) => new Connection(port, 1 + (i % clients)))
    connectionsByPort.set(port, connections)
  }
  const statuses = {}
  stayAwake(performance.now() + ms)
  const started = performance.now()
  try {
    await Promise.all(connections.map((connection) => connection.ask(started + ms, statuses)))
    process.send({ statuses, elapsed: performance.now() - started })
  } catch (error) {
    process.send({ error: String(error) })
  }
})
