import { equal } from '../storage-contract/subject.ts'
import type { Answer } from './harness.ts'
import { type Check, headerOf } from './stage.ts'

const NAMES = ['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset', 'Retry-After']

/** The legacy headers in their usual order, joined by spaces; - for one that is missing. */
function legacy(answer: Answer, names: readonly string[] = NAMES): string {
  return names.map((name) => headerOf(answer, name) ?? '-').join(' ')
}

/** The bytes that tell of limits. The clock stands at second 1800000000. */
export const HEADERS: readonly Check[] = [
  {
    name: 'without headers only a refusal has one: Retry-After',
    async check(stage) {
      const app = await stage.open({ limiter: { defaultLimits: ['1 per minute'] }, routes: [{ path: '/a' }] })
      equal(legacy(await app.send('/a')), '- - - -', 'allowed')
      stage.clock.advance(500)
      equal(legacy(await app.send('/a')), '- - - 60', 'refused')
    },
  },
  {
    name: 'legacy headers are those of Flask-Limiter, on every answer of a limited route',
    async check(stage) {
      const app = await stage.open({
        limiter: { defaultLimits: ['2 per minute', '5 per hour'], headers: 'legacy' },
        routes: [{ path: '/a' }, { path: '/free', exempt: 'all' }],
      })
      stage.clock.advance(250)
      equal(legacy(await app.send('/a')), '2 1 1800000061 60', 'first')
      stage.clock.advance(30_000)
      equal(legacy(await app.send('/a')), '2 0 1800000061 30', 'second')
      equal(legacy(await app.send('/a')), '2 0 1800000061 30', 'refused')
      equal(legacy(await app.send('/free')), '- - - -', 'a route without limits')
    },
  },
  {
    name: 'legacy headers can have other names',
    async check(stage) {
      const headerNames = { limit: 'X-Limit', remaining: 'X-Left', reset: 'X-Reset', retryAfter: 'X-Retry' }
      const app = await stage.open({
        limiter: { defaultLimits: ['1 per minute'], headers: 'legacy', headerNames },
        routes: [{ path: '/a' }],
      })
      await app.send('/a')
      const refused = await app.send('/a')
      equal(legacy(refused, ['X-Limit', 'X-Left', 'X-Reset', 'X-Retry']), '1 0 1800000060 60', 'renamed')
      equal(legacy(refused), '- - - -', 'under the usual names')
    },
  },
  {
    name: 'Retry-After can be a date',
    async check(stage) {
      const app = await stage.open({
        limiter: { defaultLimits: ['1 per minute'], retryAfter: 'http-date' },
        routes: [{ path: '/a' }],
      })
      await app.send('/a')
      equal(await app.header('/a', 'Retry-After'), 'Fri, 15 Jan 2027 08:01:00 GMT', 'Retry-After')
    },
  },
  {
    name: 'standard headers have an item for each limit',
    async check(stage) {
      const app = await stage.open({
        limiter: { applicationLimits: ['100 per hour'], headers: 'standard' },
        routes: [{ path: '/a', limits: [{ limit: '5 per minute', name: 'burst' }] }],
      })
      const answer = await app.send('/a')
      equal(headerOf(answer, 'RateLimit-Policy'), '"application-hour";q=100;w=3600, "burst";q=5;w=60', 'policy')
      equal(headerOf(answer, 'RateLimit'), '"application-hour";r=99;t=3600, "burst";r=4;t=60', 'state')
      equal(legacy(answer), '- - - -', 'legacy')
    },
  },
  {
    name: 'headers can be several sets, or what a function answers',
    async check(stage) {
      const routes = [{ path: '/a', limits: [{ limit: '5 per minute' }] }]
      const both = await (await stage.open({ limiter: { headers: ['legacy', 'draft-7'] }, routes })).send('/a')
      equal(
        [headerOf(both, 'X-RateLimit-Limit'), headerOf(both, 'RateLimit')],
        ['5', 'limit=5, remaining=4, reset=60'],
        'two sets',
      )
      const own = await stage.open({
        limiter: { headers: ({ limit }) => ({ 'X-Left': String(limit?.remaining) }) },
        routes,
      })
      equal(await own.header('/a', 'X-Left'), '4', 'a function')
    },
  },
  {
    name: 'headers are on error answers too, and these are counted',
    async check(stage) {
      const boom = () => {
        throw new Error('boom')
      }
      const app = await stage.open({
        limiter: { defaultLimits: ['2 per minute'], headers: 'legacy' },
        routes: [
          { path: '/throws', handler: boom },
          { path: '/rejects', handler: async () => boom() },
          { path: '/teapot', handler: () => ({ status: 418 }) },
        ],
      })
      for (const [path, status] of [
        ['/throws', 500],
        ['/rejects', 500],
        ['/teapot', 418],
      ] as const) {
        const answer = await app.send(path)
        equal([answer.status, headerOf(answer, 'X-RateLimit-Remaining')], [status, '1'], path)
        await app.expect(path, [status, 429])
      }
    },
  },
  {
    name: 'a Retry-After of the handler stays where it is the later one, or no such value',
    async check(stage) {
      const answering = (value: string) => () => ({ status: 503, headers: { 'Retry-After': value } })
      const app = await stage.open({
        limiter: { defaultLimits: ['9 per minute'], headers: 'legacy' },
        routes: [
          { path: '/later', handler: answering('120') },
          { path: '/sooner', handler: answering('5') },
          { path: '/date', handler: answering('Fri, 15 Jan 2027 09:00:00 GMT') },
          { path: '/odd', handler: answering('soon') },
        ],
      })
      for (const [path, value] of [
        ['/later', '120'],
        ['/sooner', '60'],
        ['/date', 'Fri, 15 Jan 2027 09:00:00 GMT'],
        ['/odd', 'soon'],
      ] as const) {
        equal(await app.header(path, 'Retry-After'), value, path)
      }
    },
  },
  {
    name: 'with several limiters every header is there once: legacy of the tightest, standard of all',
    needs: ['several-limiters'],
    async check(stage) {
      const app = await stage.open({
        limiters: [
          { name: 'a', options: { keyPrefix: 'a', defaultLimits: ['5 per minute'], headers: ['legacy', 'standard'] } },
          { name: 'b', options: { keyPrefix: 'b', defaultLimits: ['2 per hour'], headers: ['legacy', 'standard'] } },
        ],
        routes: [{ path: '/a' }],
      })
      const answer = await app.send('/a')
      equal(legacy(answer), '2 1 1800003600 3600', 'legacy')
      equal(headerOf(answer, 'RateLimit'), '"default-minute";r=4;t=60, "default-hour";r=1;t=3600', 'standard')
      await app.expect('/a', ['ok', '2 per 1 hour'])
    },
  },
]
