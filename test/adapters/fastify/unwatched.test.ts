import { expect, test, vi } from 'vitest'
import type * as adapter from '../../../src/adapters/fastify/index.ts'
import { ok, once, served } from './playground.ts'
import { VERSIONS } from './versions.ts'

/** The adapter as an app gets it that was made before the adapter was imported, as fastify-cli makes apps. */
async function importLate(): Promise<typeof adapter> {
  vi.resetModules()
  return import('../../../src/adapters/fastify/index.ts')
}

test.each(VERSIONS)('routes that were declared before the import are limited in $name', async ({ fastify }) => {
  const app = fastify()
  const { createLimiter, remoteAddress } = await importLate()
  const limiter = createLimiter({ key: remoteAddress, defaultLimits: ['9 per hour'], headers: 'legacy' })
  app.get('/default', ok)
  app.get('/hook', { onRequest: limiter.limit(once) }, ok)
  app.get('/hooks', { preHandler: [limiter.limit(once), limiter.limit('5 per hour', { scope: 'x' })] }, ok)
  app.get('/config', { config: { rateLimit: once } }, ok)
  app.get('/free', { onRequest: limiter.exempt() }, ok)
  app.get('/wrong', { config: { rateLimit: '5 an hour' } }, ok)
  app.post('/standing', ok)
  app.addHook('onRequest', limiter.limit('20 per hour', { methods: ['POST'] }))
  app.register(limiter.plugin)
  const play = await served(app)
  expect(await play.header('/default', 'X-RateLimit-Limit')).toBe('9')
  expect(await play.header('HEAD /default', 'X-RateLimit-Remaining')).toBe('7')
  for (const path of ['/hook', '/hooks', '/config']) await play.expect(path, ['ok', once])
  await play.expect('HEAD /config', 429)
  await play.expect('/free', ['ok', 'ok'])
  expect(await play.header('/free', 'X-RateLimit-Limit')).toBe(undefined)
  const wrong = await play.send('/wrong')
  expect([wrong.status, JSON.parse(wrong.body).code]).toEqual([500, 'ERR_LIMIT_SYNTAX'])
  await limiter.clear({ key: '192.0.2.1', endpoint: 'GET /hook' })
  await play.expect('/hook', ['ok', once])
})
