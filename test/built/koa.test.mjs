import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import Router from '@koa/router'
import Koa3 from 'koa'
import Router13 from 'koa-router13'
import Koa2 from 'koa2'
import { createLimiter, remoteAddress } from 'sluice/koa'

for (const [name, Koa, RouterClass] of [
  ['Koa 2', Koa2, Router13],
  ['Koa 3', Koa3, Router],
]) {
  test(`${name}: a limited route answers 429 once its limit is spent`, async (t) => {
    const time = { now: 1_000_000 }
    const limiter = createLimiter({ key: remoteAddress, headers: 'legacy', clock: { now: () => time.now } })
    const [app, router] = [new Koa(), new RouterClass()]
    limiter.init(app)
    router.get('/slow', limiter.limit('1 per minute'), (ctx) => (ctx.body = '24'))
    router.get('/fast', (ctx) => (ctx.body = '42'))
    app.use(router.routes())
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
