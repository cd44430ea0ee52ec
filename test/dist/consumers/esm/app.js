import assert from 'node:assert/strict'
import { once } from 'node:events'
import express from 'express'
import * as neutral from 'sluice'
import { createLimiter, RateLimitExceeded, remoteAddress } from 'sluice/express'
import * as testing from 'sluice/testing'

assert.equal(neutral.RateLimitExceeded, RateLimitExceeded)
assert.ok(Object.keys(testing).length > 0)

const limiter = createLimiter({ key: remoteAddress })
const app = express()
limiter.init(app)
app.get('/', limiter.limit('1 per hour'), (_request, response) => response.send('42'))

const server = app.listen(0)
await once(server, 'listening')
const url = `http://localhost:${server.address().port}/`
assert.equal((await fetch(url)).status, 200)
assert.equal((await fetch(url)).status, 429)
server.close()
