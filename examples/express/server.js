import express from 'express'
import { createLimiter, remoteAddress } from 'sluice/express'

const app = express()
const limiter = createLimiter({
  key: remoteAddress,
  defaultLimits: ['2 per minute', '1 per second'],
  storage: 'memory://',
})
limiter.init(app)

app.get('/slow', limiter.limit('1 per day'), (request, response) => response.send('24'))
app.get('/fast', (request, response) => response.send('42'))
app.get('/ping', limiter.exempt(), (request, response) => response.send('PONG'))

const port = Number(process.env.PORT ?? 5000)
app.listen(port)
