import { createServer } from 'node:http'
import { createLimiter, remoteAddress } from 'sluice/http'

const limiter = createLimiter({
  key: remoteAddress,
  defaultLimits: ['2 per minute', '1 per second'],
  storage: 'memory://',
})

/** @type {Record<string, import('sluice/http').Listener>} */
const routes = {
  '/slow': limiter.handler({ endpoint: 'GET /slow', limits: '1 per day' }, (request, response) => response.end('24')),
  '/fast': limiter.handler({ endpoint: 'GET /fast' }, (request, response) => response.end('42')),
  '/ping': limiter.handler({ endpoint: 'GET /ping', exempt: true }, (request, response) => response.end('PONG')),
}

const port = Number(process.env.PORT || 5000)
const server = createServer((request, response) => {
  const route = routes[request.url ?? '']
  if (route) route(request, response)
  else response.writeHead(404).end()
}).listen(port)

server.once('listening', () => {
  const address = server.address()
  const url = `http://localhost:${typeof address === 'object' && address ? address.port : port}`
  console.log(`The node:http example listens on ${url}. In another terminal, try

  curl -i ${url}/slow   # once a day: the second is refused
  curl -i ${url}/fast   # the default limits: one a second, two a minute
  curl -i ${url}/ping   # never limited

Ctrl-C ends it.`)
})
server.once('error', (error) => {
  console.error(`Port ${port} cannot be used: ${error.message}. Choose another one by PORT=5001`)
  process.exitCode = 1
})
