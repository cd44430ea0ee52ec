import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express, { type Request, type Response } from 'express'
import { isLimiterError, type Decision } from 'sluice'
import { createLimiter, RateLimitExceeded, remoteAddress } from 'sluice/express'
import * as testing from 'sluice/testing'

assert.ok(Object.keys(testing).length > 0)
assert.equal(isLimiterError(new Error('not ours')), false)

const decisions: Decision[] = []
const limiter = createLimiter({ key: remoteAddress, defaultLimits: ['1 per hour'], errors: 'next' })
limiter.on('refused', ({ decision }) => void decisions.push(decision))
const app = express()
limiter.init(app)
app.get('/', (_request: Request, response: Response) => void response.send('42'))
app.use((error: unknown, _request: Request, response: Response, _next: express.NextFunction) => {
  const retryAfter: number | undefined = error instanceof RateLimitExceeded ? error.retryAfter : undefined
  response.status(429).json({ retryAfter })
})

const server = app.listen(0)
await once(server, 'listening')
const url = `http://localhost:${(server.address() as AddressInfo).port}/`
assert.equal((await fetch(url)).status, 200)
const refused = await fetch(url)
assert.equal(refused.status, 429)
assert.deepEqual(await refused.json(), { retryAfter: 3600 })
assert.equal(decisions.length, 1)
server.close()
