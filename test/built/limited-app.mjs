import assert from 'node:assert/strict'
import { once } from 'node:events'

/** Holds an app to its limits: `/slow` has one a minute by `clock`, told by legacy headers, and `/fast` has none. */
export async function expectLimited(url, clock) {
  const get = (path) => fetch(url + path)
  const first = await get('/slow')
  assert.equal(first.status, 200)
  assert.equal(first.headers.get('X-RateLimit-Remaining'), '0')
  const second = await get('/slow')
  assert.equal(second.status, 429)
  assert.equal(second.headers.get('Retry-After'), '60')
  assert.equal((await get('/fast')).status, 200)
  clock.advance(60_000)
  assert.equal((await get('/slow')).status, 200)
}

/** The address of a server that was told to listen. It is closed when the test is over. */
export async function addressOf(server, t) {
  t.after(() => server.close())
  await once(server, 'listening')
  return `http://127.0.0.1:${server.address().port}`
}
