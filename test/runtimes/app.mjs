/** An app for Bun, Deno and Workers: `/hono` is a route of Hono, `/fetch` a handler of `Request`; both tell the client's address. */
import { Hono } from 'hono'
import * as handlers from 'sluice/fetch'
import * as hono from 'sluice/hono'

const { Bun, Deno } = globalThis

const options = {
  headers: 'legacy',
  defaultLimits: ['2 per day'],
  // Workers have no sockets: the platform tells the address.
  ...(!Bun && !Deno && { trustProxy: { header: 'cf-connecting-ip' } }),
}

const honoLimiter = hono.createLimiter({ key: hono.remoteAddress, ...options })
const honoWrapped = wrapped(honoLimiter)
const app = new Hono()
honoLimiter.init(app)
app.get('/hono', (c) => c.text(hono.remoteAddress(c)))
app.get('/hono/wrap', honoLimiter.exempt(), async (c) => c.text(await honoWrapped()))

const fetchLimiter = handlers.createLimiter({
  key: handlers.remoteAddress,
  ...(Bun && { address: (request, server) => server.requestIP(request).address }),
  ...(Deno && { address: (_request, info) => info.remoteAddr.hostname }),
  ...options,
})
const fetchWrapped = wrapped(fetchLimiter)
const routes = {
  '/fetch': fetchLimiter.handler(
    { endpoint: 'GET /fetch' },
    (request) => new Response(handlers.remoteAddress(request)),
  ),
  '/fetch/wrap': fetchLimiter.handler(
    { endpoint: 'GET /fetch/wrap', exempt: true },
    async () => new Response(await fetchWrapped()),
  ),
}

/** A limited function, or where there can be none, one that answers why. */
function wrapped(limiter) {
  try {
    return limiter.limit('1 per day').wrap(async () => 'wrapped')
  } catch (error) {
    return async () => error.message
  }
}

export function fetch(request, ...args) {
  return (routes[new URL(request.url).pathname] ?? app.fetch)(request, ...args)
}

const local = { hostname: '127.0.0.1', port: 0 }
if (Bun) console.log(String(Bun.serve({ ...local, fetch }).url))
if (Deno) Deno.serve({ ...local, onListen: ({ port }) => console.log(`http://127.0.0.1:${port}/`) }, fetch)
