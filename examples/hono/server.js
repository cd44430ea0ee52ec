import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { createLimiter, remoteAddress } from 'sluice/hono'

const app = new Hono()
const limiter = createLimiter({
  key: remoteAddress,
  defaultLimits: ['2 per minute', '1 per second'],
  storage: 'memory://',
})
limiter.init(app)

app.get('/slow', limiter.limit('1 per day'), (c) => c.text('24'))
app.get('/fast', (c) => c.text('42'))
app.get('/ping', limiter.exempt(), (c) => c.text('PONG'))

const port = Number(process.env.PORT || 5000)
const server = serve({ fetch: app.fetch, port })

server.once('listening', () => {
  const address = server.address()
  const url = `http://localhost:${typeof address === 'object' && address ? address.port : port}`
  console.log(`The Hono example listens on ${url}. In another terminal, try

  curl -i ${url}/slow   # once a day: the second is refused
  curl -i ${url}/fast   # the default limits: one a second, two a minute
  curl -i ${url}/ping   # never limited

Ctrl-C ends it.`)
})
server.once('error', (error) => {
  console.error(`Port ${port} cannot be used: ${error.message}. Choose another one by PORT=5001`)
  process.exitCode = 1
})
