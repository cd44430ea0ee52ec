import Fastify, { type FastifyInstance } from 'fastify'
import { createLimiter, remoteAddress } from 'sluice/fastify'

export { createLimiter, Fastify, remoteAddress }

export const app: FastifyInstance = Fastify()

export const limiter: ReturnType<typeof createLimiter> = createLimiter({ key: remoteAddress })

app.register(limiter.plugin)
