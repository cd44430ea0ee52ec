import { test } from 'node:test'
import express5 from 'express'
import express4 from 'express4'
import { createLimiter, remoteAddress } from 'sluice/express'
import { ManualClock } from 'sluice/testing'
import { addressOf, expectLimited } from './limited-app.mjs'

for (const [name, express] of [
  ['Express 4', express4],
  ['Express 5', express5],
]) {
  test(`${name}: a limited route answers 429 once its limit is spent`, async (t) => {
    const clock = new ManualClock()
    const limiter = createLimiter({ key: remoteAddress, headers: 'legacy', clock })
    const app = express()
    limiter.init(app)
    app.get('/slow', limiter.limit('1 per minute'), (_request, response) => response.send('24'))
    app.get('/fast', (_request, response) => response.send('42'))
    const server = app.listen(0, '127.0.0.1')
    await expectLimited(await addressOf(server, t), clock)
  })
}
