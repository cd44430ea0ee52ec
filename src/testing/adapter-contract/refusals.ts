import type { Decision } from '../../limiter/decision.ts'
import { equal } from '../storage-contract/subject.ts'
import type { LimiterSpec, LimitSpec } from './app-spec.ts'
import { MoodyStorage } from './storages.ts'
import { type Check, headerOf, type Stage, type TestApp } from './stage.ts'

/** An app with one route, whose limit is exhausted. */
async function exhausted(
  stage: Stage,
  limit: Partial<LimitSpec> = {},
  limiter: LimiterSpec['options'] = {},
): Promise<TestApp> {
  const app = await stage.open({ limiter, routes: [{ path: '/a', limits: [{ limit: '1 per minute', ...limit }] }] })
  await app.expect('/a', 'ok')
  return app
}

const BROWSER = { Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }

/** What a refused client is told. */
export const REFUSALS: readonly Check[] = [
  {
    name: 'a refusal is plain text, and no cache keeps it',
    async check(stage) {
      const refused = await (await exhausted(stage)).send('/a')
      equal([refused.status, refused.body], [429, '1 per 1 minute'], 'refusal')
      equal(headerOf(refused, 'Content-Type'), 'text/plain; charset=utf-8', 'Content-Type')
      equal(headerOf(refused, 'Cache-Control'), 'no-store', 'Cache-Control')
      equal(headerOf(refused, 'Retry-After'), '60', 'Retry-After')
      equal(headerOf(refused, 'Content-Length'), '14', 'Content-Length')
    },
  },
  {
    name: 'a browser gets a page, in which the message is escaped',
    async check(stage) {
      const app = await exhausted(stage, { errorMessage: 'slow down <b>\n& wait' })
      const refused = await app.send('/a', { headers: BROWSER })
      equal([refused.status, headerOf(refused, 'Content-Type')], [429, 'text/html; charset=utf-8'], 'page')
      for (const part of [
        '<title>429 Too Many Requests</title>',
        '<h1>Too Many Requests</h1>',
        '<p>slow down &lt;b&gt;<br>&amp; wait</p>',
      ]) {
        equal(refused.body.includes(part), true, part)
      }
    },
  },
  {
    name: 'who asks for JSON gets problem details',
    async check(stage) {
      const app = await exhausted(stage, { name: 'daily' })
      const refused = await app.send('/a', { headers: { Accept: 'application/json' } })
      equal(headerOf(refused, 'Content-Type'), 'application/problem+json; charset=utf-8', 'Content-Type')
      equal(
        JSON.parse(refused.body),
        {
          type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
          title: 'Quota exceeded',
          status: 429,
          detail: '1 per 1 minute',
          'violated-policies': ['daily'],
        },
        'body',
      )
    },
  },
  {
    name: 'errorMessage is the text of a refusal, also from a function, now or later',
    async check(stage) {
      await (await exhausted(stage, { errorMessage: 'slow down' })).expect('/a', 429)
      const later = await exhausted(stage, { errorMessage: async (request) => `slow down on ${request.path}` })
      await later.expect('/a', 'slow down on /a')
    },
  },
  {
    name: 'onBreach hears of a refusal and may answer instead',
    async check(stage) {
      const heard: unknown[] = []
      const app = await exhausted(
        stage,
        {
          onBreach: async (limit, request) => ({
            status: 403,
            headers: { 'X-Why': limit.limit.text },
            body: { path: request.path },
          }),
        },
        { onBreach: (limit) => void heard.push([limit.limit.text, limit.breached]) },
      )
      const refused = await app.send('/a')
      equal(
        [refused.status, headerOf(refused, 'X-Why'), refused.body],
        [403, '1 per 1 minute', '{"path":"/a"}'],
        'answer',
      )
      equal(headerOf(refused, 'Content-Type'), 'application/json; charset=utf-8', 'Content-Type')
      equal(headerOf(refused, 'Retry-After'), '60', 'Retry-After')
      equal(heard, [['1 per 1 minute', true]], 'heard')
    },
  },
  {
    name: 'onMetaBreach answers where a meta limit refuses',
    async check(stage) {
      const app = await exhausted(stage, {}, { metaLimits: ['1 per hour'], onMetaBreach: () => 'banned' })
      await app.expect('/a', ['1 per 1 minute', 'banned', 'banned'])
    },
  },
  {
    name: 'a request that can never pass is not told when to come back',
    async check(stage) {
      const app = await stage.open({ routes: [{ path: '/a', limits: [{ limit: '5 per minute', cost: () => 6 }] }] })
      const refused = await app.send('/a')
      equal([refused.status, headerOf(refused, 'Retry-After')], [429, undefined], 'refusal')
    },
  },
  {
    name: 'a refusal spends nothing, on any limit',
    async check(stage) {
      const app = await stage.open({
        limiter: { applicationLimits: ['3 per day'], defaultLimits: ['1 per minute'] },
        routes: [{ path: '/a' }],
      })
      await app.expect('/a', ['ok', '1 per 1 minute', '1 per 1 minute', '1 per 1 minute'])
      stage.clock.advance(60_000)
      await app.expect('/a', ['ok', '1 per 1 minute'])
      stage.clock.advance(60_000)
      await app.expect('/a', 'ok')
      stage.clock.advance(60_000)
      await app.expect('/a', '3 per 1 day')
    },
  },
  {
    name: 'a handler does not run for a refused request',
    async check(stage) {
      let count = 0
      const app = await stage.open({
        routes: [{ path: '/a', limits: [{ limit: '1 per minute' }], handler: () => `${(count += 1)}` }],
      })
      await app.expect('/a', ['1', '1 per 1 minute'])
      equal(count, 1, 'calls')
    },
  },
  {
    name: 'an error of a breach function or a message never turns a refusal into a pass',
    async check(stage) {
      const boom = () => {
        throw new Error('boom')
      }
      await (await exhausted(stage, { onBreach: boom })).expect('/a', 500)
      await (await exhausted(stage, { errorMessage: boom })).expect('/a', 500)
      const allow = { onCallbackError: 'allow' } as const
      await (await exhausted(stage, { onBreach: boom }, allow)).expect('/a', '1 per 1 minute')
      await (await exhausted(stage, { errorMessage: boom }, allow)).expect('/a', '1 per 1 minute')
    },
  },
  {
    name: 'headers can be made of the decision that refused',
    async check(stage) {
      const headers = ({ allowed, refusedBy }: Decision): Record<string, string> =>
        allowed ? {} : { 'X-Policy': refusedBy!.name }
      const app = await exhausted(stage, { name: 'daily' }, { headers })
      equal(await app.header('/a', 'X-Policy'), 'daily', 'X-Policy')
    },
  },
  {
    name: "onStorageError 'refuse' is answered by 503, not by 429",
    async check(stage) {
      const app = await stage.open({
        limiter: { defaultLimits: ['1 per minute'], storage: new MoodyStorage('fails'), onStorageError: 'refuse' },
        routes: [{ path: '/a' }],
      })
      const refused = await app.send('/a')
      equal(
        [refused.status, headerOf(refused, 'Cache-Control'), headerOf(refused, 'Retry-After')],
        [503, 'no-store', undefined],
        'refusal',
      )
    },
  },
]
