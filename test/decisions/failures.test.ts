import express from 'express'
import { expect } from 'vitest'
import { MoodyStorage } from '../../src/testing/adapter-contract/storages.ts'
import { limiterWith, ok, once, served, tells } from '../adapters/express/playground.ts'
import { bench, calls } from '../limiter/plain.ts'
import { better } from './better.ts'

const boom = (): never => {
  throw new Error('boom')
}

better('swallowed-message-error-lets-through', 'an error of a message, passed over, leaves a refusal', async () => {
  const it = bench({
    defaultLimits: [{ limit: once, errorMessage: boom }],
    onCallbackError: 'allow',
    onStorageError: 'allow',
  })
  expect(await calls(it, 2)).toEqual(['ok', once])
})

better('any-error-trips-fallback', 'an error of a callback does not switch to the fallback', async () => {
  let key: () => string = boom
  const it = bench({ key: () => key(), defaultLimits: [once], storage: new MoodyStorage(), onStorageError: 'fallback' })
  expect(await it.call()).toBe('boom')
  key = () => 'ann'
  expect((await it.decide()).source).toBe('storage')
})

better('recovery-only-where-checked', 'any call of the storage may be the probe', async () => {
  const storage = new MoodyStorage('fails')
  const it = bench({ defaultLimits: ['5/minute'], storage, onStorageError: 'fallback' })
  expect((await it.decide()).source).toBe('local')
  storage.mood = 'now'
  it.clock.advance(2000)
  expect(await it.limiter.limit(once).check({ client: 'ann' })).toMatchObject({ source: 'storage' })
})

better('deduct-callback-error-not-swallowed', 'an error of deductWhen follows onCallbackError', async () => {
  const app = express()
  limiterWith({ defaultLimits: [{ limit: once, deductWhen: boom }], onCallbackError: 'allow' }).init(app)
  app.get('/a', ok)
  await (await served(app)).expect('/a', ['ok', 'ok'])
})

better(
  'deduction-failure-ignores-fallback',
  'a late charge that the storage fails is made in process memory',
  async () => {
    const storage = new MoodyStorage()
    const app = express()
    limiterWith({ defaultLimits: [{ limit: once, deductWhen: () => true }], storage, onStorageError: 'fallback' }).init(
      app,
    )
    app.get('/a', (_request, response) => {
      storage.mood = 'fails'
      response.send('ok')
    })
    await (await served(app)).expect('/a', ['ok', once])
  },
)

better('fallback-ignores-exemptions', 'an exempt route stays exempt while other limits stand in', async () => {
  const app = express()
  const limiter = limiterWith({
    defaultLimits: ['9/minute'],
    storage: new MoodyStorage('fails'),
    onStorageError: { fallback: [once] },
  }).init(app)
  app.get('/a', ok)
  app.get('/free', limiter.exempt(), ok)
  const play = await served(app)
  await play.expect('/a', ['ok', once])
  await play.expect('/free', ['ok', 'ok', 'ok'])
})

better('header-read-fails', 'headers need no call of the storage of their own', async () => {
  const storage = new MoodyStorage()
  const app = express()
  const limiter = limiterWith({ defaultLimits: ['5/minute'], headers: 'legacy', storage }).init(app)
  app.get('/a', (request, response) => {
    storage.mood = 'fails'
    tells(() => limiter.currentLimits(request).length)(request, response, () => undefined)
  })
  expect(await (await served(app)).header('/a', 'X-RateLimit-Remaining')).toBe('4')
  expect(storage.batches).toHaveLength(1)
})
