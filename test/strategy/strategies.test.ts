import { expect, test } from 'vitest'
import { parseLimit } from '../../src/limit/parse-limits.ts'
import { checkRange, strategyOf, STRATEGY_NAMES } from '../../src/strategy/strategies.ts'

test('every name leads to the strategy of this name', () => {
  expect(STRATEGY_NAMES).toEqual([
    'fixed-window',
    'fixed-window-elastic-expiry',
    'moving-window',
    'sliding-window-counter',
    'token-bucket',
  ])
  expect(STRATEGY_NAMES.map((name) => strategyOf(name).name)).toEqual(STRATEGY_NAMES)
})

test.each([
  ['fixed_window', 'there is no strategy "fixed_window"; did you mean "fixed-window"?'],
  ['tokenbucket', 'did you mean "token-bucket"?'],
  ['leaky', 'there is no strategy "leaky"; use one of fixed-window, fixed-window-elastic-expiry, moving-window'],
  ['constructor', 'there is no strategy "constructor"; use one of'],
])('%s is no strategy', (name, message) => {
  expect(() => strategyOf(name)).toThrow(message)
  expect(() => strategyOf(name)).toThrow(expect.objectContaining({ code: 'ERR_UNKNOWN_STRATEGY' }))
})

test('amount times window has to stay exact where a strategy multiplies them', () => {
  const day = parseLimit('104249991/day')
  const more = parseLimit('104249992/day')
  for (const name of STRATEGY_NAMES) expect(() => checkRange(day, name)).not.toThrow()
  for (const name of ['fixed-window', 'fixed-window-elastic-expiry', 'moving-window'] as const) {
    expect(() => checkRange(more, name)).not.toThrow()
  }
  for (const name of ['sliding-window-counter', 'token-bucket'] as const) {
    expect(() => checkRange(more, name)).toThrow(expect.objectContaining({ code: 'ERR_LIMIT_RANGE' }))
    expect(() => checkRange(more, name)).toThrow(
      `the limit "104249992 per 1 day" is too large for ${name}: at most 104249991 fit`,
    )
  }
})
