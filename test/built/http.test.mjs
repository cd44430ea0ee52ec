import { createServer } from 'node:http'
import { test } from 'node:test'
import { createLimiter, remoteAddress } from 'sluice/http'
import { ManualClock } from 'sluice/testing'
import { addressOf, expectLimited } from './limited-app.mjs'

test('node:http: a limited handler answers 429 once its limit is spent', async (t) => {
  const clock = new ManualClock()
  const limiter = createLimiter({ key: remoteAddress, headers: 'legacy', clock })
  const slow = limiter.handler({ endpoint: 'GET /slow', limits: '1 per minute' }, (_request, response) =>
    response.end('24'),
  )
  const server = createServer((request, response) =>
    request.url === '/slow' ? slow(request, response) : response.end('42'),
  ).listen(0, '127.0.0.1')
  await expectLimited(await addressOf(server, t), clock)
})
