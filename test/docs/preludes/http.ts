import { createServer } from 'node:http'
import { createLimiter, remoteAddress } from 'sluice/http'

export { createLimiter, createServer, remoteAddress }

export const limiter: ReturnType<typeof createLimiter> = createLimiter({ key: remoteAddress })
