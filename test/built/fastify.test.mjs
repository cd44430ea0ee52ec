import { test } from 'node:test'
import fastify5 from 'fastify'
import fastify4 from 'fastify4'
import { createLimiter, remoteAddress } from 'sluice/fastify'
import { ManualClock } from 'sluice/testing'
import { expectLimited } from './limited-app.mjs'

for (const [name, fastify] of /** @type {const} */ ([
  ['Fastify 4', fastify4],
  ['Fastify 5', fastify5],
])) {
  test(`${name}: a limited route answers 429 once its limit is spent`, async (t) => {
    const clock = new ManualClock()
    const limiter = createLimiter({ key: remoteAddress, headers: 'legacy', clock })
    const app = fastify()
    t.after(() => app.close())
    app.register(limiter.plugin)
    app.get('/slow', { config: { rateLimit: '1 per minute' } }, async () => '24')
    app.get('/fast', async () => '42')
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    await expectLimited(url, clock)
  })
}
