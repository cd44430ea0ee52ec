import Fastify from 'fastify'
import { createLimiter, remoteAddress } from 'sluice/fastify'

const app = Fastify()
const limiter = createLimiter({
  key: remoteAddress,
  defaultLimits: ['2 per minute', '1 per second'],
  storage: 'memory://',
})
app.register(limiter.plugin)

app.get('/slow', { config: { rateLimit: '1 per day' } }, async () => '24')
app.get('/fast', async () => '42')
app.get('/ping', { config: { rateLimit: false } }, async () => 'PONG')

const port = Number(process.env.PORT || 5000)
try {
  const url = await app.listen({ port })
  console.log(`The Fastify example listens on ${url}. In another terminal, try

  curl -i ${url}/slow   # once a day: the second is refused
  curl -i ${url}/fast   # the default limits: one a second, two a minute
  curl -i ${url}/ping   # never limited

Ctrl-C ends it.`)
} catch (error) {
  console.error(
    `Port ${port} cannot be used: ${error instanceof Error ? error.message : 'why is not known'}. Choose another one by PORT=5001`,
  )
  process.exitCode = 1
}
