import assert from 'node:assert/strict'
import express from 'express'
import { isLimiterError, RateLimitExceeded } from 'sluice'
import { createLimiter, remoteAddress } from 'sluice/express'
import type { SluiceModule } from 'sluice/nestjs'
import * as testing from 'sluice/testing'

export type { FastifyLimiter } from 'sluice/fastify'
export type { FetchLimiter } from 'sluice/fetch'
export type { HonoLimiter } from 'sluice/hono'
export type { NodeHttpLimiter } from 'sluice/http'
export type { KoaLimiter } from 'sluice/koa'
export type Module = SluiceModule

const limiter = createLimiter({ key: remoteAddress })
const app = express()
limiter.init(app)
app.get('/', limiter.limit('1 per hour'), (request, response) => {
  response.json(limiter.currentLimit(request)?.remaining)
})
assert.equal(typeof limiter.close, 'function')
assert.equal(isLimiterError(new Error('no')), false)
assert.equal(typeof RateLimitExceeded, 'function')
assert.equal(typeof testing, 'object')
