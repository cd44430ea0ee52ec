import { test } from 'vitest'
import { expectAnswersAsSaid } from './example.ts'

test.each([
  ['Fastify', 'fastify'],
  ['fetch', 'fetch'],
  ['Hono', 'hono'],
  ['node:http', 'http'],
  ['Koa', 'koa'],
])('the %s example answers as it says', async (_name, folder) => {
  await expectAnswersAsSaid(`${folder}/server.js`)
})
