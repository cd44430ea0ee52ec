import { test } from 'node:test'
import Router from '@koa/router'
import Koa3 from 'koa'
import Router13 from 'koa-router13'
import Koa2 from 'koa2'
import { createLimiter, remoteAddress } from 'sluice/koa'
import { ManualClock } from 'sluice/testing'
import { addressOf, expectLimited } from './limited-app.mjs'

for (const [name, Koa, RouterClass] of [
  ['Koa 2', Koa2, Router13],
  ['Koa 3', Koa3, Router],
]) {
  test(`${name}: a limited route answers 429 once its limit is spent`, async (t) => {
    const clock = new ManualClock()
    const limiter = createLimiter({ key: remoteAddress, headers: 'legacy', clock })
    const [app, router] = [new Koa(), new RouterClass()]
    limiter.init(app)
    router.get('/slow', limiter.limit('1 per minute'), (ctx) => (ctx.body = '24'))
    router.get('/fast', (ctx) => (ctx.body = '42'))
    app.use(router.routes())
    const server = app.listen(0, '127.0.0.1')
    await expectLimited(await addressOf(server, t), clock)
  })
}
