import { equal } from '../storage-contract/subject.ts'
import type { LimitSpec } from './app-spec.ts'
import type { Answer } from './harness.ts'
import { MoodyStorage } from './storages.ts'
import { type Check, headerOf, type TestApp } from './stage.ts'

const once = '1 per 1 minute'
const twice = '2 per 1 minute'

async function atOnce(app: TestApp, count: number, path: string): Promise<Answer[]> {
  return Promise.all(Array.from({ length: count }, async () => app.send(path)))
}

function allowed(answers: readonly Answer[]): number {
  return answers.filter(({ status }) => status === 200).length
}

/** Apps as a whole: how limiters are installed, load, outages. */
export const WHOLE_APPS: readonly Check[] = [
  {
    name: 'a limiter that is installed after the routes limits them all the same',
    needs: ['late-init'],
    async check(stage) {
      const app = await stage.open({
        limiters: [
          {
            late: true,
            options: { applicationLimits: ['9 per hour'], defaultLimits: [once], metaLimits: ['5 per hour'] },
          },
        ],
        routes: [{ path: '/a' }, { path: '/b', limits: [{ limit: twice }] }, { path: '/free', exempt: 'all' }],
        groups: [{ prefix: '/g', limits: [{ limit: twice }], routes: [{ path: '/:id' }] }],
      })
      await app.expect('/a', ['ok', once])
      await app.expect('/b', ['ok', 'ok', twice])
      await app.expect('/free', ['ok', 'ok'])
      await app.expect('/g/1', ['ok', 'ok'])
      await app.expect('/g/2', twice)
    },
  },
  {
    name: 'an app without a limiter is not touched by one that has one',
    async check(stage) {
      const routes = [{ path: '/a' }]
      const limited = await stage.open({ limiter: { defaultLimits: [once], headers: 'legacy' }, routes })
      const free = await stage.open({ limiters: [], routes })
      await limited.expect('/a', ['ok', once])
      await free.expect('/a', ['ok', 'ok'])
      equal(headerOf(await free.send('/a'), 'X-RateLimit-Limit'), undefined, 'header')
    },
  },
  {
    name: 'several limiters on one app count each by itself, and one that is not enabled leaves the others alone',
    needs: ['several-limiters'],
    async check(stage) {
      const second: LimitSpec = { limit: twice, limiter: 'second' }
      const app = await stage.open({
        limiters: [
          { name: 'off', options: { keyPrefix: 'off', enabled: false, defaultLimits: [once] } },
          { name: 'first', options: { keyPrefix: 'first', defaultLimits: ['3 per 1 minute'] } },
          { name: 'second', options: { keyPrefix: 'second', defaultLimits: [once] } },
        ],
        routes: [{ path: '/a', limits: [second] }, { path: '/b' }],
      })
      await app.expect('/a', ['ok', 'ok', twice, '3 per 1 minute'])
      await app.expect('/b', ['ok', once])
    },
  },
  {
    name: 'two limiters with one prefix are warned of once, and both work',
    needs: ['several-limiters'],
    async check(stage) {
      const app = await stage.open({
        limiters: [
          { name: 'first', options: { defaultLimits: [twice] } },
          { name: 'second', options: { defaultLimits: [once] } },
        ],
        routes: [{ path: '/a' }],
      })
      await app.expect('/a', ['ok', once])
      equal(stage.log.filter(({ kind }) => kind === 'warning').length, 1, 'warnings')
    },
  },
  {
    name: 'requests at once are counted exactly',
    async check(stage) {
      for (const mood of ['now', 'later'] as const) {
        const app = await stage.open({
          limiter: { applicationLimits: ['20 per hour'], storage: new MoodyStorage(mood) },
          routes: [{ path: '/a', limits: [{ limit: '10 per minute', key: async () => 'everybody' }] }, { path: '/b' }],
        })
        equal(allowed(await atOnce(app, 30, '/a')), 10, `/a, ${mood}`)
        equal(allowed(await atOnce(app, 30, '/b')), 10, `/b, ${mood}`)
      }
    },
  },
  {
    name: 'one request is decided by one call of the storage',
    async check(stage) {
      const storage = new MoodyStorage('later')
      const app = await stage.open({
        limiter: {
          applicationLimits: ['9 per hour'],
          defaultLimits: ['8 per hour; 7 per day'],
          metaLimits: ['6 per day'],
          headers: 'legacy',
          storage,
        },
        routes: [{ path: '/a' }],
      })
      await app.expect('/a', 'ok')
      equal(
        storage.batches.map((batch) => batch.length),
        [4],
        'entries of each call',
      )
    },
  },
  {
    name: 'a route without limits does not ask the storage',
    async check(stage) {
      const storage = new MoodyStorage('fails')
      const app = await stage.open({
        limiter: { defaultLimits: [once], storage },
        routes: [{ path: '/free', exempt: 'all' }, { path: '/a' }],
      })
      await app.expect('/free', ['ok', 'ok'])
      await app.expect('/a', 500)
    },
  },
  {
    name: 'onStorageError decides what an outage does',
    async check(stage) {
      for (const [onStorageError, expected] of [
        ['raise', [500, 500, 500]],
        ['allow', ['ok', 'ok', 'ok']],
        ['refuse', [503, 503, 503]],
        ['fallback', ['ok', 'ok', twice]],
        [{ fallback: [once] }, ['ok', once, once]],
      ] as const) {
        const app = await stage.open({
          limiter: { defaultLimits: [twice], storage: new MoodyStorage('fails'), onStorageError },
          routes: [{ path: '/a' }],
        })
        await app.expect('/a', expected)
      }
    },
  },
  {
    name: 'a storage that never answers does not hang a request',
    async check(stage) {
      const app = await stage.open({
        limiter: {
          defaultLimits: [once],
          storage: new MoodyStorage('hangs'),
          storageTimeout: 1,
          onStorageError: 'fallback',
        },
        routes: [{ path: '/a' }],
      })
      await app.expect('/a', ['ok', once])
    },
  },
  {
    name: 'when the storage is back it decides again',
    async check(stage) {
      const storage = new MoodyStorage('fails')
      const app = await stage.open({
        limiter: { defaultLimits: [once], storage, onStorageError: 'allow' },
        routes: [{ path: '/a' }],
      })
      await app.expect('/a', ['ok', 'ok', 'ok', 'ok'])
      storage.mood = 'later'
      await app.expect('/a', 'ok')
      stage.clock.advance(2000)
      await app.expect('/a', ['ok', once])
    },
  },
]
