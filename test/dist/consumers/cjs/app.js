const assert = require('node:assert/strict')
const { once } = require('node:events')
const express = require('express')
const neutral = require('sluice')
const { createLimiter, RateLimitExceeded, remoteAddress } = require('sluice/express')
const testing = require('sluice/testing')

assert.equal(neutral.RateLimitExceeded, RateLimitExceeded)
assert.ok(Object.keys(testing).length > 0)

const limiter = createLimiter({ key: remoteAddress })
const app = express()
limiter.init(app)
app.get('/', limiter.limit('1 per hour'), (_request, response) => response.send('42'))

const server = app.listen(0)
once(server, 'listening').then(async () => {
  const url = `http://localhost:${server.address().port}/`
  assert.equal((await fetch(url)).status, 200)
  assert.equal((await fetch(url)).status, 429)
  server.close()
})
