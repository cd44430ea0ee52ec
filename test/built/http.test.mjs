import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { createLimiter, remoteAddress } from 'sluice/http'

test('node:http: a limited handler answers 429 once its limit is spent', async (t) => {
  const time = { now: 1_000_000 }
  const limiter = createLimiter({ key: remoteAddress, headers: 'legacy', clock: { now: () => time.now } })
  const handler = limiter.handler({ endpoint: 'GET /', limits: '1 per minute' }, (_request, response) =>
    response.end('24'),
  )
  const server = createServer(handler).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const get = () => fetch(`http://127.0.0.1:${server.address().port}`)

  const first = await get()
  assert.equal(first.status, 200)
  assert.equal(first.headers.get('X-RateLimit-Remaining'), '0')
  const second = await get()
  assert.equal(second.status, 429)
  assert.equal(second.headers.get('Retry-After'), '60')
  time.now += 60_000
  assert.equal((await get()).status, 200)
})
