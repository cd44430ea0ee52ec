import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { Hono as Hono40 } from 'hono40'
import { createLimiter, RateLimitExceeded, remoteAddress } from 'sluice/hono'
import { ManualClock } from 'sluice/testing'
import { addressOf, expectLimited } from './limited-app.mjs'

for (const [name, App] of Object.entries({ 'Hono 4.0': Hono40, 'Hono 4': Hono })) {
  test(`${name}: a limited route answers 429 once its limit is spent`, async (t) => {
    const clock = new ManualClock()
    const limiter = createLimiter({ key: remoteAddress, headers: 'legacy', clock })
    const app = new App()
    limiter.init(app)
    app.get('/slow', limiter.limit('1 per minute'), (c) => c.text('24'))
    app.get('/fast', (c) => c.text('42'))
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })
    await expectLimited(await addressOf(server, t), clock)
  })
}

test('what is thrown is of the class that the app has from Hono', async () => {
  const limiter = createLimiter({ key: () => 'all', defaultLimits: ['1 per minute'] })
  const app = new Hono()
  const seen = []
  app.onError((error, c) => {
    seen.push(error instanceof HTTPException, error instanceof RateLimitExceeded)
    return c.text('wait', 429)
  })
  limiter.init(app)
  app.get('/', (c) => c.text('ok'))
  assert.equal(await (await app.request('/')).text(), 'ok')
  assert.equal(await (await app.request('/')).text(), 'wait')
  assert.deepEqual(seen, [true, true])
})
