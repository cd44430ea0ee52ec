import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import express5 from 'express'
import express4 from 'express4'
import { createLimiter, remoteAddress } from 'sluice/express'

for (const [name, express] of [
  ['Express 4', express4],
  ['Express 5', express5],
]) {
  test(`${name}: a limited route answers 429 once its limit is spent`, async (t) => {
    const time = { now: 1_000_000 }
    const limiter = createLimiter({ key: remoteAddress, headers: 'legacy', clock: { now: () => time.now } })
    const app = express()
    limiter.init(app)
    app.get('/slow', limiter.limit('1 per minute'), (_request, response) => response.send('24'))
    app.get('/fast', (_request, response) => response.send('42'))
    const server = app.listen(0, '127.0.0.1')
    t.after(() => server.close())
    await once(server, 'listening')
    const get = (path) => fetch(`http://127.0.0.1:${server.address().port}${path}`)

    const first = await get('/slow')
    assert.equal(first.status, 200)
    assert.equal(first.headers.get('X-RateLimit-Remaining'), '0')
    const second = await get('/slow')
    assert.equal(second.status, 429)
    assert.equal(second.headers.get('Retry-After'), '60')
    assert.equal((await get('/fast')).status, 200)
    time.now += 60_000
    assert.equal((await get('/slow')).status, 200)
  })
}
