import { expect, test } from 'vitest'
import { declarationOf, declare } from '../../src/limiter/declaration.ts'

const declaration = { limiter: {}, exemption: 'all' } as const
const declared = declare((): string => 'ok', declaration)

test.each([
  ['has its properties copied', Object.assign(() => declared(), declared)],
  ['is kept as a property of that', Object.assign(() => declared(), { __original: declared })],
  ['is kept under a symbol of that', Object.assign(() => declared(), { [Symbol('original')]: declared })],
  [
    'is kept by two functions, one around the other',
    Object.assign(() => declared(), { __original: Object.assign(() => declared(), { __original: declared }) }),
  ],
  ['stands behind a proxy', new Proxy(declared, {})],
])('what a function declares is seen where it %s', (_name, wrapper) => {
  expect(declarationOf(wrapper)).toBe(declaration)
})

test('a function that only has ours among its properties declares nothing', () => {
  expect(declarationOf(Object.assign(() => 'ok', { limit: declared }))).toBe(undefined)
})

test('a function that says of itself that it is the original is looked at once', () => {
  const circular: { (): string; original?: unknown } = () => 'ok'
  circular.original = circular
  expect(declarationOf(circular)).toBe(undefined)
})

test('whoever prints a function of ours is not shown its limiter', () => {
  expect(Object.entries(declared).every(([, value]) => typeof value === 'function')).toBe(true)
})
