import { Hono } from 'hono'
import { createLimiter, remoteAddress } from 'sluice/hono'

export { createLimiter, Hono, remoteAddress }

export const limiter: ReturnType<typeof createLimiter> = createLimiter({ key: remoteAddress })

export const app: Hono = new Hono()
limiter.init(app)
