import { isLimiterError } from '../../errors.ts'
import { equal } from '../storage-contract/subject.ts'
import type { HandlerContext, LimitedFunction, LimitSpec, RouteSpec } from './app-spec.ts'
import { type Check, headerOf, telling } from './stage.ts'

const once = '1 per 1 minute'
const twice = '2 per 1 minute'

/** What `currentLimits` say, in short. */
function inShort({ limiter }: HandlerContext): string {
  return limiter()
    .currentLimits.map(({ limit, remaining, source }) => `${source} ${limit.text}: ${remaining}`)
    .join(', ')
}

/** Limits on code, and what an app can ask and tell its limiter. */
export const BY_HAND: readonly Check[] = [
  {
    name: 'check() counts a block of code at the endpoint, beside the limits of the route',
    async check(stage) {
      const block: LimitSpec = { limit: twice }
      const handler: RouteSpec['handler'] = async ({ check }) => {
        const { allowed } = await check(block)
        return String(allowed)
      }
      const app = await stage.open({
        limiter: { defaultLimits: ['3 per 1 minute'] },
        routes: [
          { path: '/a', handler },
          { path: '/b', handler },
        ],
      })
      await app.expect('/a', ['true', 'true', twice, '3 per 1 minute'])
      await app.expect('/b', 'true')
    },
  },
  {
    name: 'check() throws RateLimitExceeded, which a handler may catch',
    async check(stage) {
      const block: LimitSpec = { limit: once, errorMessage: 'not so fast' }
      const handler: RouteSpec['handler'] = async ({ check }) => {
        try {
          await check(block)
          return 'fresh'
        } catch (error) {
          if (!isLimiterError(error)) throw error
          const { code, message, status, retryAfter } = error as unknown as Record<string, unknown>
          return JSON.stringify([code, message, status, retryAfter])
        }
      }
      const app = await stage.open({ routes: [{ path: '/a', handler }] })
      await app.expect('/a', ['fresh', '["ERR_RATE_LIMITED","not so fast",429,60]'])
    },
  },
  {
    name: 'wrap() counts every call of a function, wherever it is called',
    async check(stage) {
      let count = 0
      const fn: LimitedFunction = {
        limit: { limit: '3 per minute', shared: true, scope: 'search' },
        run: () => (count += 1),
      }
      const twiceCalled: RouteSpec['handler'] = async ({ call }) => {
        await call(fn)
        return String(await call(fn))
      }
      const app = await stage.open({
        functions: [fn],
        routes: [
          { path: '/a', handler: twiceCalled },
          { path: '/b', handler: async ({ call }) => String(await call(fn)) },
        ],
      })
      await app.expect('/a', '2')
      await app.expect('/b', ['3', '3 per 1 minute'])
    },
  },
  {
    name: 'a limited function does not change which limits the route has',
    async check(stage) {
      const fn: LimitedFunction = { limit: { limit: '9 per minute' }, run: () => 'ok' }
      const app = await stage.open({
        limiter: { defaultLimits: [twice] },
        functions: [fn],
        routes: [{ path: '/a', handler: async ({ call }) => String(await call(fn)) }],
      })
      await app.expect('/a', ['ok', 'ok', twice])
    },
  },
  {
    name: 'with autoCheck false nothing is limited but by limiter.check(request)',
    async check(stage) {
      const app = await stage.open({
        limiter: { autoCheck: false, defaultLimits: [once] },
        routes: [
          { path: '/a' },
          { path: '/b', handler: async ({ limiter }) => String((await limiter().check()).allowed) },
          {
            path: '/c',
            limits: [{ limit: twice }],
            handler: async ({ limiter }) => String((await limiter().check()).allowed),
          },
        ],
      })
      await app.expect('/a', ['ok', 'ok'])
      await app.expect('/b', ['true', once])
      await app.expect('/c', ['true', 'true', twice])
    },
  },
  {
    name: 'currentLimit is the nearest limit, currentLimits are all, and the state of the request has both',
    async check(stage) {
      const app = await stage.open({
        limiter: { applicationLimits: ['9 per hour'], defaultLimits: ['7 per day'] },
        routes: [
          telling('/a', (context) => inShort(context)),
          telling('/nearest', ({ limiter }) => limiter().currentLimit?.limit.text),
          telling('/state', ({ state }) => [
            state?.allowed,
            state?.source,
            state?.limit?.limit.text,
            state?.limits.length,
          ]),
          telling('/free', ({ state, limiter }) => [state?.limits.length ?? 0, limiter().currentLimits.length], {
            exempt: 'all',
          }),
        ],
      })
      await app.expect('/a', '"application 9 per 1 hour: 8, default 7 per 1 day: 6"')
      await app.expect('/nearest', '"7 per 1 day"')
      await app.expect('/state', '[true,"storage","7 per 1 day",2]')
      await app.expect('/free', '[0,0]')
    },
  },
  {
    name: 'currentLimits grow by what is counted in the handler',
    async check(stage) {
      const block: LimitSpec = { limit: twice }
      const route = telling('/a', async (context) => {
        await context.check(block)
        return inShort(context)
      })
      const app = await stage.open({ limiter: { defaultLimits: ['5 per minute'] }, routes: [route] })
      await app.expect('/a', '"default 5 per 1 minute: 4, check 2 per 1 minute: 1"')
    },
  },
  {
    name: 'a limit that is counted in a loop is told of once, as it is left',
    async check(stage) {
      const block: LimitSpec = { limit: '9 per 1 minute', name: 'item' }
      const handler: RouteSpec['handler'] = async (context) => {
        for (let item = 0; item < 3; item += 1) await context.check(block)
        return inShort(context)
      }
      const app = await stage.open({
        limiter: { defaultLimits: ['5 per minute'], headers: 'standard' },
        routes: [{ path: '/a', handler }],
      })
      const answer = await app.send('/a')
      equal(answer.body, 'default 5 per 1 minute: 4, check 9 per 1 minute: 6', 'currentLimits')
      equal(headerOf(answer, 'RateLimit'), '"default-minute";r=4;t=60, "item";r=6;t=60', 'header')
    },
  },
  {
    name: 'explain() tells which limits apply, which do not, and why, and charges nothing',
    async check(stage) {
      const route = telling(
        '/t/:id',
        async ({ limiter }) => {
          const { endpoint, method, exempt, applies, skipped } = await limiter().explain()
          return [
            endpoint,
            method,
            exempt,
            applies.map(({ limit, source, cost }) => `${source} ${limit} at ${cost}`),
            skipped.map(({ limit, source, reason }) => `${source} ${limit}: ${reason}`),
          ]
        },
        {
          limits: [
            { limit: twice, cost: 2, methods: ['GET'] },
            { limit: '5 per minute', methods: ['POST'] },
          ],
        },
      )
      const app = await stage.open({
        limiter: { defaultLimits: [once], applicationLimits: ['9 per hour'] },
        routes: [route],
      })
      await app.expect(
        '/t/1',
        '["GET /t/:id","GET",false,["application 9 per 1 hour at 1","route 2 per 1 minute at 2"],["default 1 per 1 minute: overridden","route 5 per 1 minute: method"]]',
      )
      await app.expect('/t/1', twice)
    },
  },
  {
    name: 'clear() forgets what one client has spent, reset() what all have',
    async check(stage) {
      const app = await stage.open({
        limiter: { applicationLimits: ['4 per hour'], key: (request) => request.header('X-User') ?? 'nobody' },
        routes: [
          { path: '/a', limits: [{ limit: once }] },
          { path: '/b', limits: [{ limit: once }] },
        ],
      })
      const as = (user: string) => ({ headers: { 'X-User': user } })
      for (const user of ['ann', 'bob']) for (const path of ['/a', '/b']) await app.expect(path, ['ok', once], as(user))
      await app.limiter().clear({ key: 'ann', endpoint: 'GET /a' })
      await app.expect('/a', ['ok', once], as('ann'))
      await app.expect('/b', once, as('ann'))
      await app.limiter().clear({ key: 'ann' })
      await app.expect('/b', ['ok', once], as('ann'))
      await app.expect('/a', once, as('bob'))
      await app.limiter().reset()
      for (const user of ['ann', 'bob']) await app.expect('/a', 'ok', as(user))
    },
  },
  {
    name: 'clear() knows declared limits of every kind',
    async check(stage) {
      const app = await stage.open({
        limiter: {
          applicationLimits: [{ limit: '3 per minute', methods: ['GET'] }],
          defaultLimits: [once],
          metaLimits: ['5 per hour'],
        },
        routes: [
          { path: '/default' },
          { path: '/shared', limits: [{ limit: once, shared: true, scope: 's', metaLimits: ['6 per hour'] }] },
          { path: '/method', methods: ['POST'], limits: [{ limit: once, perMethod: true }] },
        ],
        groups: [{ prefix: '/g', limits: [{ limit: once }], routes: [{ path: '/a' }] }],
      })
      for (let round = 0; round < 2; round += 1) {
        await app.expect('/default', ['ok', once])
        await app.expect('/shared', ['ok', once])
        await app.expect('POST /method', ['ok', once])
        await app.expect('/g/a', ['ok', '3 per 1 minute', '3 per 1 minute', '5 per 1 hour'])
        await app.limiter().clear({ key: '192.0.2.1' })
      }
    },
  },
]
