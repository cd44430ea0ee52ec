import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import * as neutral from 'sluice'
import * as express from 'sluice/express'

const require = createRequire(import.meta.url)

test('require() answers the same module as import', () => {
  assert.equal(require('sluice/express').createLimiter, express.createLimiter)
  assert.equal(require('sluice').RateLimitExceeded, neutral.RateLimitExceeded)
})

test('there is one copy of each class, whichever door it came through', () => {
  assert.equal(express.RateLimitExceeded, neutral.RateLimitExceeded)
})

test('every door opens, also without the library behind it', async () => {
  const { exports } = require('sluice/package.json')
  for (const subpath of Object.keys(exports)) {
    if (subpath === './package.json') continue
    const door = await import(`sluice${subpath.slice(1)}`)
    assert.notEqual(Object.keys(door).length, 0, subpath)
  }
})
