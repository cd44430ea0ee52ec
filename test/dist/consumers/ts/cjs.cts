import assert = require('node:assert/strict')
import express = require('express')
import sluice = require('sluice/express')

const limiter = sluice.createLimiter({ key: sluice.remoteAddress })
const app = express()
limiter.init(app)
app.get('/', limiter.limit('1 per hour'), (_request, response) => void response.send('42'))
assert.equal(typeof limiter.close, 'function')
