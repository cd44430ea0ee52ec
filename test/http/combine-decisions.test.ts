import { expect, test } from 'vitest'
import { combineDecisions } from '../../src/http/combine-decisions.ts'
import { createHeaderWriter } from '../../src/http/headers.ts'
import { breachedLimit, currentLimit, decisionOf, NOW } from './builders.ts'

test('one decision stays what it is', () => {
  const decision = decisionOf([currentLimit()])
  expect(combineDecisions([decision])).toEqual(decision)
})

test('the limit with the least left is shown, and every limit is kept', () => {
  const roomy = decisionOf([currentLimit({ name: 'one', remaining: 5 }), currentLimit({ name: 'two', remaining: 0 })])
  const tight = decisionOf([currentLimit({ name: 'three', remaining: 1 })])
  const combined = combineDecisions([roomy, tight])
  expect(combined.limit?.name).toBe('three')
  expect(combined.limits.map(({ name }) => name)).toEqual(['one', 'two', 'three'])
  expect(combined.allowed).toBe(true)
  expect(combined.retryAt).toBeUndefined()
})

test('of limits with equally much left the one that resets last is shown', () => {
  const soon = decisionOf([currentLimit({ name: 'soon', resetAt: NOW + 1000 })])
  const late = decisionOf([currentLimit({ name: 'late', resetAt: NOW + 9000 })])
  expect(combineDecisions([soon, late]).limit?.name).toBe('late')
  expect(combineDecisions([late, soon]).limit?.name).toBe('late')
})

test('a decision without limits shows nothing of itself', () => {
  expect(combineDecisions([decisionOf([]), decisionOf([currentLimit()])]).limit?.name).toBe('default')
  expect(combineDecisions([decisionOf([]), decisionOf([])]).limit).toBeUndefined()
})

test('a refusal is shown before what is allowed', () => {
  const refused = decisionOf([breachedLimit({ name: 'refused' })])
  const combined = combineDecisions([decisionOf([currentLimit({ remaining: 0, resetAt: NOW + 99_000 })]), refused])
  expect(combined).toMatchObject({
    allowed: false,
    limit: { name: 'refused' },
    refusedBy: { name: 'refused' },
    retryAt: NOW + 60_000,
  })
})

test('refusals pass when the last of them does, and never if one of them never does', () => {
  const soon = decisionOf([breachedLimit({ retryAt: NOW + 1000 })])
  const late = decisionOf([breachedLimit({ retryAt: NOW + 9000 })])
  const never = decisionOf([breachedLimit({ retryAt: undefined })])
  expect(combineDecisions([soon, late, decisionOf([])]).retryAt).toBe(NOW + 9000)
  expect(combineDecisions([soon, never, late]).retryAt).toBeUndefined()
})

test('several limiters on one app are each an item of the standard headers', () => {
  const write = createHeaderWriter({ headers: 'standard' })
  const combined = combineDecisions([decisionOf([currentLimit()]), decisionOf([currentLimit({ remaining: 1 })])])
  expect(write(combined)[3]).toBe('"default";r=4;t=60, "default-2";r=1;t=60')
})
