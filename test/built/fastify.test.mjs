import assert from 'node:assert/strict'
import { test } from 'node:test'
import fastify5 from 'fastify'
import fastify4 from 'fastify4'
import { createLimiter, remoteAddress } from 'sluice/fastify'

for (const [name, fastify] of /** @type {const} */ ([
  ['Fastify 4', fastify4],
  ['Fastify 5', fastify5],
])) {
  test(`${name}: a limited route answers 429 once its limit is spent`, async (t) => {
    const time = { now: 1_000_000 }
    const limiter = createLimiter({ key: remoteAddress, headers: 'legacy', clock: { now: () => time.now } })
    const app = fastify()
    t.after(() => app.close())
    app.register(limiter.plugin)
    app.get('/slow', { config: { rateLimit: '1 per minute' } }, async () => '24')
    app.get('/fast', async () => '42')
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    const get = (path) => fetch(url + path)

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
