import { serve } from '@hono/node-server'
import { createLimiter, remoteAddress } from 'sluice/fetch'

const limiter = createLimiter({
  key: remoteAddress,
  // What this server hands over beside the request. Deno: (request, info) => info.remoteAddr.hostname
  address: (/** @type {Request} */ _request, /** @type {import('@hono/node-server').HttpBindings} */ { incoming }) =>
    incoming.socket.remoteAddress ?? '127.0.0.1',
  defaultLimits: ['2 per minute', '1 per second'],
  storage: 'memory://',
})

/** @type {Record<string, (request: Request, env: import('@hono/node-server').HttpBindings) => Response | Promise<Response>>} */
const routes = {
  '/slow': limiter.handler({ endpoint: 'GET /slow', limits: '1 per day' }, () => new Response('24')),
  '/fast': limiter.handler({ endpoint: 'GET /fast' }, () => new Response('42')),
  '/ping': limiter.handler({ endpoint: 'GET /ping', exempt: true }, () => new Response('PONG')),
}

const port = Number(process.env.PORT || 5000)
const server = serve({
  port,
  fetch(request, env) {
    const route = routes[new URL(request.url).pathname]
    return route
      ? route(request, /** @type {import('@hono/node-server').HttpBindings} */ (env))
      : new Response(null, { status: 404 })
  },
})

server.once('listening', () => {
  const address = server.address()
  const url = `http://localhost:${typeof address === 'object' && address ? address.port : port}`
  console.log(`The fetch example listens on ${url}. In another terminal, try

  curl -i ${url}/slow   # once a day: the second is refused
  curl -i ${url}/fast   # the default limits: one a second, two a minute
  curl -i ${url}/ping   # never limited

Ctrl-C ends it.`)
})
server.once('error', (error) => {
  console.error(`Port ${port} cannot be used: ${error.message}. Choose another one by PORT=5001`)
  process.exitCode = 1
})
