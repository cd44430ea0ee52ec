import Router from '@koa/router'
import Koa from 'koa'
import { createLimiter, remoteAddress } from 'sluice/koa'

const app = new Koa()
const router = new Router()
const limiter = createLimiter({
  key: remoteAddress,
  defaultLimits: ['2 per minute', '1 per second'],
  storage: 'memory://',
})
limiter.init(app)

router.get('/slow', limiter.limit('1 per day'), (ctx) => {
  ctx.body = '24'
})
router.get('/fast', (ctx) => {
  ctx.body = '42'
})
router.get('/ping', limiter.exempt(), (ctx) => {
  ctx.body = 'PONG'
})
app.use(router.routes())

const port = Number(process.env.PORT || 5000)
const server = app.listen(port)

server.once('listening', () => {
  const address = server.address()
  const url = `http://localhost:${typeof address === 'object' && address ? address.port : port}`
  console.log(`The Koa example listens on ${url}. In another terminal, try

  curl -i ${url}/slow   # once a day: the second is refused
  curl -i ${url}/fast   # the default limits: one a second, two a minute
  curl -i ${url}/ping   # never limited

Ctrl-C ends it.`)
})
server.once('error', (error) => {
  console.error(`Port ${port} cannot be used: ${error.message}. Choose another one by PORT=5001`)
  process.exitCode = 1
})
