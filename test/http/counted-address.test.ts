import { expect, test } from 'vitest'
import { createLimiter } from '../../src/adapters/http/index.ts'
import { lookForProxy, tellsOfProxy } from '../../src/http/counted-address.ts'

const DIRECT = { headers: {} }
const FORWARDED = { headers: { 'x-forwarded-for': '203.0.113.1' } }

/** How many forwarded requests it takes until one is noticed, after so many that came directly. */
function noticedAfter(direct: number): number {
  const warnings: string[] = []
  const limiter = createLimiter({ key: () => 'client', logger: { warn: (message) => warnings.push(message) } })
  for (let count = 0; count < direct; count += 1) lookForProxy(limiter, DIRECT, 'a proxy')
  let forwarded = 0
  while (warnings.length === 0 && forwarded < 1000) {
    lookForProxy(limiter, FORWARDED, 'a proxy')
    forwarded += 1
  }
  return forwarded
}

test.each([0, 1, 999])('A proxy is noticed at once where only %d requests came without it', (direct) => {
  expect(noticedAfter(direct)).toBe(1)
})

test.each([1001, 5000, 12_345])('A proxy is noticed within 64 requests where %d came without it', (direct) => {
  expect(noticedAfter(direct)).toBeLessThanOrEqual(64)
})

test.each([
  ['203.0.113.1', '10.0.0.1', true],
  ['203.0.113.1, 10.0.0.2', '10.0.0.1', true],
  ['203.0.113.1', undefined, true],
  ['203.0.113.11', '203.0.113.1', true],
  ['203.0.113.1', '203.0.113.1', false],
  ['203.0.113.1,198.51.100.7', '203.0.113.1', false],
  ['2001:db8::1, 203.0.113.1', '203.0.113.1', true],
  [undefined, '10.0.0.1', false],
])('X-Forwarded-For: %s from %s tells of a proxy: %s', (forwarded, peer, expected) => {
  expect(tellsOfProxy(forwarded, peer)).toBe(expected)
})
