import { expect, test } from 'vitest'
import { mergeRetryAfter } from '../../src/http/retry-after.ts'
import { NOW } from './builders.ts'

const IN_60_S = 'Tue, 14 Nov 2023 22:14:20 GMT'
const IN_2799_S = 'Tue, 14 Nov 2023 23:00:00 GMT'
const PAST = 'Tuesday, 14-Nov-23 22:00:00 GMT'

test.each([
  ['60', '5', '60'],
  ['60', '3600', '3600'],
  ['60', '60', '60'],
  ['60', IN_2799_S, IN_2799_S],
  ['3000', IN_2799_S, '3000'],
  ['60', PAST, '60'],
  [IN_60_S, '5', IN_60_S],
  [IN_60_S, '3600', '3600'],
  [IN_60_S, IN_2799_S, IN_2799_S],
  [IN_2799_S, 'Tue Nov 14 22:14:20 2023', IN_2799_S],
])('of our %j and the application’s %j the later one wins: %j', (ours, foreign, expected) => {
  expect(mergeRetryAfter(ours, foreign, NOW)).toBe(expected)
})

test.each(['soon', '', '-1', '1.5', '5 seconds', '2023-11-14'])(
  'the malformed %j of the application is left alone',
  (foreign) => {
    expect(mergeRetryAfter('60', foreign, NOW)).toBe(foreign)
  },
)
