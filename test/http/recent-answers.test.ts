import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { RecentAnswers } from '../../src/http/recent-answers.ts'

const spell = (address: string): string => `<${address}>`

test('of an address the answer is the same, whatever came before', () => {
  const recent = new RecentAnswers(spell)
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 100 })), (addresses) => {
      for (const address of [...addresses, ...addresses, ...addresses]) expect(recent.of(address)).toBe(spell(address))
    }),
  )
})

test('an address that came twice is not asked for again, and one that is too long always is', () => {
  const spelled: string[] = []
  const recent = new RecentAnswers((address) => {
    spelled.push(address)
    return spell(address)
  })
  const long = '1'.repeat(81)
  for (let time = 0; time < 4; time += 1) for (const address of ['::1', '::2', long]) recent.of(address)
  expect(spelled).toEqual(['::1', '::2', long, '::1', '::2', long, long, long])
})

test('addresses that take the same place do not get each other’s answer', () => {
  const recent = new RecentAnswers(spell)
  // Ten for each place there is.
  const addresses = Array.from({ length: 40_960 }, (_, i) => `2001:db8::${i.toString(16)}`)
  for (let time = 0; time < 3; time += 1) {
    expect(addresses.filter((address) => recent.of(address) !== spell(address))).toEqual([])
  }
})
