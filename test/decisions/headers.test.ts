import express, { type Response } from 'express'
import { expect } from 'vitest'
import type { ExpressLimiterOptions } from '../../src/adapters/express/index.ts'
import { ManualClock } from '../../src/testing/index.ts'
import { headerOf, type TestApp } from '../../src/testing/adapter-contract/stage.ts'
import { limiterWith, ok, served } from '../adapters/express/playground.ts'
import { better } from './better.ts'

const LEGACY = ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset', 'Retry-After']

async function headers(play: TestApp, path = '/a'): Promise<string> {
  const answer = await play.send(path)
  return LEGACY.map((name) => headerOf(answer, name) ?? '-').join(' ')
}

/** An app whose route answers by `answer`. Its clock stands at second 1800000000, and a bit. */
async function open(
  options: Partial<ExpressLimiterOptions>,
  answer: (response: Response) => void = (response) => response.send('ok'),
): Promise<{ play: TestApp; clock: ManualClock }> {
  const clock = new ManualClock()
  const app = express()
  limiterWith({ headers: 'legacy', clock, ...options }).init(app)
  app.get('/a', (_request, response) => answer(response))
  return { play: await served(app), clock }
}

better(
  'view-phase-clears-headers',
  'headers tell of application limits also where all limits of the route are skipped',
  async () => {
    const app = express()
    const limiter = limiterWith({ applicationLimits: ['5/minute'], headers: 'legacy' }).init(app)
    app.get('/a', limiter.limit('1/minute', { exemptWhen: () => true }), ok)
    expect(await headers(await served(app))).toBe('5 4 1800000060 60')
  },
)

better('duplicate-headers', 'each header is there once, and with several limiters the tightest wins', async () => {
  const app = express()
  limiterWith({ keyPrefix: 'a', defaultLimits: ['5/minute'], headers: 'legacy' }).init(app)
  limiterWith({ keyPrefix: 'b', defaultLimits: ['2/hour'], headers: 'legacy' }).init(app)
  app.get('/a', (_request, response) => {
    response.set('X-RateLimit-Limit', 'mine')
    response.send('ok')
  })
  expect(await headers(await served(app))).toBe('2 1 1800003600 3600')
})

better('foreign-retry-after-fails', 'a Retry-After of the handler that is none is left alone', async () => {
  const { play } = await open(
    { defaultLimits: ['5/minute'] },
    (response) => void response.set('Retry-After', 'soon').send('ok'),
  )
  expect(await headers(play)).toBe('5 4 1800000060 soon')
})

better('retry-after-date-uses-local-time', 'a Retry-After date is read as UTC, and the later one wins', async () => {
  const dates = ['Fri, 15 Jan 2027 08:00:59 GMT', 'Fri, 15 Jan 2027 08:01:01 GMT']
  const { play } = await open(
    { defaultLimits: ['5/minute'] },
    (response) => void response.set('Retry-After', dates.shift()).send('ok'),
  )
  expect([await play.header('/a', 'Retry-After'), await play.header('/a', 'Retry-After')]).toEqual([
    '60',
    'Fri, 15 Jan 2027 08:01:01 GMT',
  ])
})

better('reset-overshoots-whole-second', 'a reset at a whole second is announced as that second', async () => {
  const { play, clock } = await open({ defaultLimits: ['5/minute'] })
  expect(await headers(play)).toBe('5 4 1800000060 60')
  clock.advance(60_250)
  expect(await headers(play)).toBe('5 4 1800000121 60')
})

better('retry-after-zero', 'a refusal says to wait at least 1 second', async () => {
  for (const set of [undefined, 'legacy', 'standard'] as const) {
    const { play, clock } = await open({ defaultLimits: ['1/second'], headers: set ?? [] })
    await play.send('/a')
    clock.advance(999)
    expect(await play.header('/a', 'Retry-After')).toBe('1')
  }
})

better('retry-after-negative', 'Retry-After is never less than 0', async () => {
  const { play } = await open({ strategy: 'moving-window', defaultLimits: [{ limit: '5/minute', cost: () => 0 }] })
  expect(await headers(play)).toBe('5 5 1800000000 0')
})

better(
  'retry-after-without-headers',
  'a refusal says when to come back also where the other headers are off',
  async () => {
    const { play } = await open({ defaultLimits: ['1/minute'], headers: [] })
    expect([await headers(play), await headers(play)]).toEqual(['- - - -', '- - - 60'])
  },
)
