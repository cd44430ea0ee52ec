import { equal } from '../storage-contract/subject.ts'
import type { LimiterSpec, LimitSpec, Reply, ResponseView, RouteSpec } from './app-spec.ts'
import { MoodyStorage } from './storages.ts'
import { type Check, headerOf, type Stage, type TestApp } from './stage.ts'

const isFailure = ({ status }: ResponseView): boolean => status >= 400
const failures: LimitSpec = { limit: '2 per minute', deductWhen: isFailure }
const refused = '2 per 1 minute'

/** Answers the status that the query of its path asks for: `/a/401`. */
const statusRoute: RouteSpec = {
  path: '/a/:status',
  limits: [failures],
  handler: ({ request }) => ({ status: Number(request.param('status')) }),
}

async function open(
  stage: Stage,
  route: RouteSpec = statusRoute,
  limiter: LimiterSpec['options'] = {},
): Promise<TestApp> {
  return stage.open({ limiter: { headers: 'legacy', ...limiter }, routes: [route] })
}

async function remaining(app: TestApp, path: string): Promise<string | undefined> {
  return app.header(path, 'X-RateLimit-Remaining')
}

async function* pieces(...texts: string[]): AsyncIterable<string> {
  for (const text of texts) yield text
}

/** `deductWhen`: limits that are tested before the handler and charged by the response. */
export const LATE_CHARGES: readonly Check[] = [
  {
    name: 'deductWhen charges by the response, and headers tell of it',
    async check(stage) {
      const app = await open(stage)
      equal(await remaining(app, '/a/200'), '2', 'after 200')
      equal(await remaining(app, '/a/401'), '1', 'after 401')
      equal(await remaining(app, '/a/200'), '1', 'after 200')
      equal(await remaining(app, '/a/500'), '0', 'after 500')
      await app.expect('/a/200', refused)
      stage.clock.advance(60_000)
      await app.expect('/a/200', 200)
    },
  },
  {
    name: 'what deductWhen charges begins when it is charged, and headers count from there',
    async check(stage) {
      const app = await open(stage, {
        path: '/a',
        limits: [failures],
        handler: () => {
          stage.clock.advance(3000)
          return { status: 401 }
        },
      })
      equal(await app.header('/a', 'Retry-After'), '60', 'Retry-After')
    },
  },
  {
    name: 'what is charged late is told of as it is left then, also where the handler has counted on it',
    async check(stage) {
      const limit = { limit: '5 per 1 minute', name: 'both' }
      const app = await stage.open({
        limiter: { headers: 'standard' },
        routes: [
          {
            path: '/a',
            limits: [{ ...limit, deductWhen: () => true }],
            handler: async ({ check }) => String((await check(limit)).allowed),
          },
        ],
      })
      equal(await app.header('/a', 'RateLimit'), '"both";r=3;t=60', 'RateLimit')
    },
  },
  {
    name: 'deductWhen sees the headers of the response and the request, and the cost is charged',
    async check(stage) {
      const app = await open(stage, {
        path: '/a',
        limits: [
          {
            limit: '5 per minute',
            cost: 2,
            deductWhen: (response, request) =>
              response.header('X-Hit') === 'yes' && request.header('X-Count') === 'yes',
          },
        ],
        handler: () => ({ headers: { 'X-Hit': 'yes' } }),
      })
      equal(await remaining(app, '/a'), '5', 'not counted')
      equal(await app.header('/a', 'X-RateLimit-Remaining', { headers: { 'X-Count': 'yes' } }), '3', 'counted')
    },
  },
  {
    name: 'deductWhen is not asked about our own refusal',
    async check(stage) {
      const asked: number[] = []
      const limits = [{ limit: '1 per minute', deductWhen: ({ status }: ResponseView) => asked.push(status) > 0 }]
      const app = await open(stage, { path: '/a', limits })
      await app.expect('/a', ['ok', '1 per 1 minute', '1 per 1 minute'])
      equal(asked, [200], 'asked')
    },
  },
  {
    name: 'an error of the handler is charged by the status that it is answered with',
    async check(stage) {
      const app = await open(stage, {
        path: '/a',
        limits: [failures],
        handler: () => {
          throw new Error('boom')
        },
      })
      await app.expect('/a', [500, 500, 429])
    },
  },
  {
    name: 'defaultLimitsDeductWhen and applicationLimitsDeductWhen charge late too',
    async check(stage) {
      const routes = [{ path: '/a/:status', handler: statusRoute.handler! }]
      for (const options of [
        { defaultLimits: ['1 per minute'], defaultLimitsDeductWhen: isFailure },
        { applicationLimits: ['1 per minute'], applicationLimitsDeductWhen: isFailure },
      ]) {
        const app = await stage.open({ limiter: options, routes })
        await app.expect('/a/200', [200, 200])
        await app.expect('/a/400', [400, 429])
      }
    },
  },
  {
    name: 'a stream is charged when its head is sent',
    async check(stage) {
      const reply = (): Reply => ({ status: 400, body: pieces('one ', 'two ', 'three') })
      const app = await open(stage, { path: '/a', limits: [failures], handler: reply })
      const first = await app.send('/a')
      equal([first.status, first.body, headerOf(first, 'X-RateLimit-Remaining')], [400, 'one two three', '1'], 'first')
      await app.expect('/a', [400, 429])
    },
  },
  {
    name: 'a stream is charged with a storage that answers later',
    async check(stage) {
      const reply = (): Reply => ({ status: 400, body: pieces('one ', 'two') })
      const app = await open(
        stage,
        { path: '/a', limits: [failures], handler: reply },
        { storage: new MoodyStorage('later') },
      )
      const first = await app.send('/a')
      equal([first.status, first.body, headerOf(first, 'X-RateLimit-Remaining')], [400, 'one two', '1'], 'first')
      await app.expect('/a', [400, 429])
    },
  },
  {
    name: 'requests in flight at once can all pass the test; what no longer fits fills what is left',
    async check(stage) {
      let release: () => void = () => undefined
      const released = new Promise<void>((resolve) => (release = resolve))
      let waiting = 0
      const app = await open(stage, {
        path: '/a',
        limits: [failures],
        async handler() {
          waiting += 1
          if (waiting === 4) release()
          await released
          return { status: 401 }
        },
      })
      const answers = await Promise.all([1, 2, 3, 4].map(async () => app.send('/a')))
      equal(
        answers.map(({ status }) => status),
        [401, 401, 401, 401],
        'in flight',
      )
      await app.expect('/a', refused)
    },
  },
  {
    name: 'a second, ordinary limit bounds requests in flight exactly',
    async check(stage) {
      const limits = [
        { limit: '5 per minute', deductWhen: isFailure },
        { limit: '3 per minute', scope: 'attempts' },
      ]
      const app = await open(
        stage,
        { path: '/a', limits, handler: () => ({ status: 401 }) },
        { storage: new MoodyStorage('later') },
      )
      const answers = await Promise.all(Array.from({ length: 8 }, async () => app.send('/a')))
      equal(answers.filter(({ status }) => status === 401).length, 3, 'let through')
    },
  },
  {
    name: 'an aborted request that was never answered is not charged',
    async check(stage) {
      let entered: () => void = () => undefined
      const isEntered = new Promise<void>((resolve) => (entered = resolve))
      const app = await open(stage, {
        path: '/a',
        limits: [{ limit: '2 per minute', deductWhen: () => true }],
        handler: async ({ request }) => {
          if (request.header('X-Hang') === undefined) return 'ok'
          entered()
          return new Promise<never>(() => undefined)
        },
      })
      const abort = new AbortController()
      const hanging = app
        .send('/a', { headers: { 'X-Hang': 'yes' }, signal: abort.signal })
        .catch((error: unknown) => error)
      await isEntered
      abort.abort()
      equal((await hanging) instanceof Error, true, 'aborted')
      await app.expect('/a', ['ok', 'ok', refused])
    },
  },
  {
    name: 'an aborted request whose head was sent is charged by that status',
    async check(stage) {
      let sent: () => void = () => undefined
      const isSent = new Promise<void>((resolve) => (sent = resolve))
      async function* endless(): AsyncIterable<string> {
        yield 'one '
        sent()
        await new Promise<never>(() => undefined)
      }
      const app = await open(stage, {
        path: '/a',
        limits: [failures],
        handler: ({ request }) =>
          request.header('X-Hang') === undefined ? { status: 200 } : { status: 400, body: endless() },
      })
      const abort = new AbortController()
      const hanging = app
        .send('/a', { headers: { 'X-Hang': 'yes' }, signal: abort.signal })
        .catch((error: unknown) => error)
      await isSent
      abort.abort()
      await hanging
      equal(await remaining(app, '/a'), '1', 'remaining')
    },
  },
  {
    name: 'a late charge that the storage fails follows onStorageError',
    async check(stage) {
      const storage = new MoodyStorage()
      const handler = (): Reply => {
        storage.mood = 'fails'
        return { status: 400, body: 'bad' }
      }
      for (const [onStorageError, status] of [
        ['raise', 500],
        ['refuse', 503],
        ['allow', 400],
        ['fallback', 400],
      ] as const) {
        storage.mood = 'now'
        const app = await open(
          stage,
          { path: '/a', limits: [failures], handler },
          { storage, onStorageError, keyPrefix: onStorageError },
        )
        equal((await app.send('/a')).status, status, onStorageError)
      }
    },
  },
  {
    name: 'an error of deductWhen follows onCallbackError',
    async check(stage) {
      const boom = () => {
        throw new Error('boom')
      }
      const route = { path: '/a', limits: [{ limit: '1 per minute', deductWhen: boom }] }
      await (await open(stage, route)).expect('/a', [500, 500])
      await (await open(stage, route, { onCallbackError: 'allow' })).expect('/a', ['ok', 'ok'])
    },
  },
]
