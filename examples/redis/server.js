import express from 'express'
import { createLimiter, remoteAddress } from 'sluice/express'

const app = express()
const limiter = createLimiter({
  key: remoteAddress,
  defaultLimits: ['2 per minute', '1 per second'],
  storage: process.env.REDIS_URL || 'redis://localhost:6379',
  onStorageError: 'fallback',
})
limiter.init(app)

app.get('/slow', limiter.limit('1 per day'), (request, response) => response.send('24'))
app.get('/fast', (request, response) => response.send('42'))
app.get('/ping', limiter.exempt(), (request, response) => response.send('PONG'))

// Connects before the first request: a wrong address or password ends the start here, and no request waits for it.
try {
  await limiter.ready()
} catch (error) {
  console.error(
    `${error instanceof Error ? error.message : String(error)}\nName the server: REDIS_URL=redis://user:password@host:6379`,
  )
  process.exit(1)
}

const port = Number(process.env.PORT || 5000)
const server = app.listen(port, () => {
  const address = server.address()
  const url = `http://localhost:${typeof address === 'object' && address ? address.port : port}`
  console.log(`The Redis example listens on ${url}. Start it again with another PORT, and try on both

  curl -i ${url}/slow   # once a day, whichever of them you ask
  curl -i ${url}/fast   # the default limits: one a second, two a minute
  curl -i ${url}/ping   # never limited

Ctrl-C ends it.`)
})

process.once('SIGTERM', () => server.close(() => limiter.close()))
