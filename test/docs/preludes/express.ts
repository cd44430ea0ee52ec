import express, { type Express } from 'express'
import { createLimiter, remoteAddress } from 'sluice/express'

export { createLimiter, express, remoteAddress }

export const app: Express = express()

export const limiter: ReturnType<typeof createLimiter> = createLimiter({ key: remoteAddress })
