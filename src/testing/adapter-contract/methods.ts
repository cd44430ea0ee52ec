import { equal } from '../storage-contract/subject.ts'
import type { RouteSpec } from './app-spec.ts'
import { MoodyStorage } from './storages.ts'
import { type Check, headerOf } from './stage.ts'
import { table } from './table.ts'

const once = '1 per 1 minute'
const twice = '2 per 1 minute'
const ownNotFound: RouteSpec = { path: '/own/:id', handler: () => ({ status: 404, body: 'no such item' }) }

/** HEAD, OPTIONS, and requests that no route takes. */
export const METHODS: readonly Check[] = [
  ...table([
    {
      name: 'HEAD that is answered by a route for GET counts as GET',
      needs: ['automatic-head'],
      app: {
        limiter: { defaultLimits: [twice] },
        routes: [{ path: '/a', limits: [{ limit: once, methods: ['GET'] }] }, { path: '/b' }],
      },
      requests: [
        ['HEAD /a', 200],
        ['/a', once],
        ['HEAD /a', 429],
        ['/b', 'ok'],
        ['HEAD /b', 200, 429],
      ],
    },
    {
      name: 'an automatic answer to OPTIONS is not limited',
      needs: ['automatic-options'],
      app: { limiter: { applicationLimits: [once], defaultLimits: [once] }, routes: [{ path: '/a' }] },
      requests: [
        ['OPTIONS /a', 200, 200],
        ['/a', 'ok', once],
        ['OPTIONS /a', 200],
      ],
    },
    {
      name: 'OPTIONS that a route answers is limited like any method',
      app: { limiter: { defaultLimits: [once] }, routes: [{ path: '/a', methods: ['OPTIONS'] }] },
      requests: [['OPTIONS /a', 'ok', once]],
    },
    {
      name: 'what no route takes is not limited, by application limits neither',
      needs: ['not-found'],
      app: {
        limiter: { applicationLimits: [once], defaultLimits: [once], metaLimits: [once] },
        routes: [{ path: '/a' }],
      },
      requests: [
        ['/none', 404, 404, 404],
        ['POST /none', 404],
        ['/a', 'ok', once],
      ],
    },
    {
      name: 'unmatchedLimits limit what no route takes, and nothing else',
      needs: ['not-found'],
      app: { limiter: { unmatchedLimits: [twice] }, routes: [{ path: '/a' }, ownNotFound] },
      requests: [
        ['/none', 404],
        ['/other', 404, twice],
        ['/a', 'ok', 'ok'],
        ['/own/1', 404, 404, 404],
      ],
    },
    {
      name: 'an exhausted unmatchedLimits does not gate routes, and a filter frees from it',
      needs: ['not-found'],
      app: {
        limiter: { unmatchedLimits: [once] },
        filters: [(request) => request.header('X-Free') === 'yes'],
        routes: [{ path: '/a' }],
      },
      requests: [
        ['/none', 404, once],
        ['/a', 'ok'],
      ],
    },
    {
      name: 'unmatchedLimits limit automatic answers to OPTIONS',
      needs: ['automatic-options'],
      app: { limiter: { unmatchedLimits: [once] }, routes: [{ path: '/a' }] },
      requests: [['OPTIONS /a', 200, once]],
    },
  ]),
  {
    name: 'unmatchedLimits limit each client, also with a storage that answers later',
    needs: ['not-found'],
    async check(stage) {
      const app = await stage.open({
        limiter: { unmatchedLimits: [once], headers: 'legacy', storage: new MoodyStorage('later') },
      })
      await app.expect('/none', [404, once])
      await app.expect('/none', 404, { remoteAddress: '192.0.2.2' })
      const refused = await app.send('/none')
      equal(
        [refused.status, headerOf(refused, 'X-RateLimit-Limit'), headerOf(refused, 'Cache-Control')],
        [429, '1', 'no-store'],
        'refusal',
      )
      stage.clock.advance(60_000)
      equal(headerOf(await app.send('/none'), 'X-RateLimit-Remaining'), '0', 'remaining')
    },
  },
  {
    name: 'a refusal of HEAD has the head of a refusal and no body',
    needs: ['automatic-head'],
    async check(stage) {
      const app = await stage.open({ limiter: { defaultLimits: [once] }, routes: [{ path: '/a' }] })
      await app.expect('/a', 'ok')
      const refused = await app.send('HEAD /a')
      equal([refused.status, refused.body, headerOf(refused, 'Retry-After')], [429, '', '60'], 'refusal')
    },
  },
]
