/** The server that everything is measured on, and what it says of itself. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { printed } from '../../scripts/printed.mjs'

/** Starts an empty server of its own, which keeps nothing on disk. */
export async function startRedis() {
  const port = await freePort()
  const child = spawn('redis-server', ['--port', String(port), '--save', '', '--appendonly', 'no'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const failed = once(child, 'error').then(([error]) => {
    throw new Error(`redis-server cannot be started: ${error.message}`)
  })
  await Promise.race([failed, printed(child.stdout, /Ready to accept connections/)])
  return {
    port,
    async empty() {
      const socket = connect(port, '127.0.0.1').end('FLUSHALL\r\n').resume()
      await once(socket, 'close')
    },
    stop: () => child.kill('SIGKILL'),
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  return port
}

/**
 * A function that asks the server about itself, and answers its figures by their names: of `cmdstat_…` how many calls. On a
 * connection of its own, without a client library, which would cost something too.
 */
export function redisInfo(port) {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1')
  return () =>
    new Promise((resolve) => {
      let text = ''
      socket.on('data', function read(chunk) {
        text += chunk
        const head = /^\$(\d+)\r\n/.exec(text)
        if (!head || text.length < head[0].length + Number(head[1]) + 2) return
        socket.off('data', read)
        const figures = text.matchAll(/^(\w+):(?:calls=)?([\d.]+)/gm)
        resolve(Object.fromEntries([...figures].map(([, field, value]) => [field, Number(value)])))
      })
      socket.write('INFO cpu stats memory commandstats\r\n')
    })
}
