import { equal } from '../storage-contract/subject.ts'
import type { LimitSpec, RequestView } from './app-spec.ts'
import type { RequestOptions } from './harness.ts'
import { type Check } from './stage.ts'

const once = '1 per 1 minute'
const from = (remoteAddress: string): RequestOptions => ({ remoteAddress })
const as = (user: string): RequestOptions => ({ headers: { 'X-User': user } })
const byUser = (request: RequestView): string | undefined => request.user

/** Who is counted. */
export const CLIENTS: readonly Check[] = [
  {
    name: 'remoteAddress counts IPv4 addresses by themselves, also where they are written as IPv6',
    async check(stage) {
      const app = await stage.open({ limiter: { defaultLimits: [once] }, routes: [{ path: '/a' }] })
      await app.expect('/a', ['ok', once], from('192.0.2.1'))
      await app.expect('/a', once, from('::ffff:192.0.2.1'))
      await app.expect('/a', 'ok', from('192.0.2.2'))
    },
  },
  {
    name: 'remoteAddress counts IPv6 addresses by their /64, or by ipv6Prefix',
    async check(stage) {
      const routes = [{ path: '/a' }]
      const app = await stage.open({ limiter: { defaultLimits: [once] }, routes })
      await app.expect('/a', 'ok', from('2001:db8:0:1::1'))
      await app.expect('/a', once, from('2001:db8:0:1:ffff::2'))
      await app.expect('/a', 'ok', from('2001:db8:0:2::1'))
      const wide = await stage.open({ limiter: { defaultLimits: [once], ipv6Prefix: 48 }, routes })
      await wide.expect('/a', 'ok', from('2001:db8:0:1::1'))
      await wide.expect('/a', once, from('2001:db8:0:2::1'))
    },
  },
  {
    name: 'a key can be made of the signed-in user',
    async check(stage) {
      const app = await stage.open({
        authentication: 'optional',
        limiter: { key: byUser, defaultLimits: [once] },
        routes: [{ path: '/a' }],
      })
      await app.expect('/a', ['ok', once], as('ann'))
      await app.expect('/a', 'ok', as('bob'))
      await app.expect('/a', once, as('ann'))
    },
  },
  {
    name: 'what authentication refuses is not counted by the limits of the route',
    async check(stage) {
      const app = await stage.open({
        authentication: 'required',
        limiter: { defaultLimits: [once] },
        routes: [{ path: '/a' }],
      })
      await app.expect('/a', [401, 401])
      await app.expect('/a', ['ok', once], as('ann'))
    },
  },
  {
    name: 'a limit before authentication counts what it refuses, and does not override the limits of the route',
    needs: ['standing-limits'],
    async check(stage) {
      const app = await stage.open({
        authentication: 'required',
        standing: [{ limit: '3 per minute' }],
        limiter: { key: byUser, defaultLimits: [once] },
        routes: [{ path: '/a' }, { path: '/b' }],
      })
      // The key of the limit before authentication: there is no user yet.
      await app.expect('/a', [401, 401, 401, 401])
      equal(stage.log.filter(({ message }) => message.includes('WARN_KEY_UNDEFINED')).length, 1, 'warnings')
      const byAddress = await stage.open({
        authentication: 'required',
        standing: [{ limit: '3 per minute', key: () => 'everybody' }],
        limiter: { key: byUser, defaultLimits: [once] },
        routes: [{ path: '/a' }, { path: '/b' }],
      })
      await byAddress.expect('/a', ['ok', once], as('ann'))
      await byAddress.expect('/b', 401)
      await byAddress.expect('/b', '3 per 1 minute', as('ann'))
    },
  },
  {
    name: 'a key function may answer later, and is asked once for all limits that have it',
    async check(stage) {
      let count = 0
      const key = async (request: RequestView): Promise<string> => {
        count += 1
        await Promise.resolve()
        return request.header('X-User') ?? 'nobody'
      }
      const app = await stage.open({
        limiter: { key, applicationLimits: ['9 per day'], defaultLimits: [once] },
        routes: [{ path: '/a', limits: [{ limit: () => '5 per hour', overrideDefaults: false }] }],
      })
      await app.expect('/a', ['ok', once], as('ann'))
      equal(count, 2, 'calls')
      await app.expect('/a', 'ok', as('bob'))
    },
  },
  {
    name: 'a limit can have a key of its own',
    async check(stage) {
      const limits: LimitSpec[] = [
        { limit: once, key: (request) => request.header('X-User') ?? 'nobody' },
        { limit: '2 per 1 minute' },
      ]
      const app = await stage.open({ routes: [{ path: '/a', limits }] })
      await app.expect('/a', ['ok', once], as('ann'))
      await app.expect('/a', 'ok', as('bob'))
      await app.expect('/a', '2 per 1 minute', as('eve'))
    },
  },
  {
    name: 'a key that is undefined or empty skips the limit: the one warns once, the other logs an error each time',
    async check(stage) {
      const limits: LimitSpec[] = [{ limit: once, key: () => undefined }]
      const app = await stage.open({
        routes: [
          { path: '/undefined', limits },
          { path: '/empty', limits: [{ limit: once, key: () => '' }] },
        ],
      })
      await app.expect('/undefined', ['ok', 'ok'])
      await app.expect('/empty', ['ok', 'ok'])
      equal(
        stage.log.map(({ level, kind }) => `${level} ${kind}`),
        ['warn warning', 'error empty-key', 'error empty-key'],
        'log',
      )
    },
  },
  {
    name: 'an error of a key function follows onCallbackError',
    async check(stage) {
      const key = async (): Promise<never> => {
        throw new Error('boom')
      }
      const routes = [{ path: '/a' }]
      await (await stage.open({ limiter: { key, defaultLimits: [once] }, routes })).expect('/a', [500, 500])
      await (
        await stage.open({ limiter: { key, defaultLimits: [once], onCallbackError: 'allow' }, routes })
      ).expect('/a', ['ok', 'ok'])
    },
  },
  {
    name: 'no key runs into another',
    async check(stage) {
      const app = await stage.open({
        limiter: { key: (request) => request.header('X-User') ?? '' },
        routes: [
          { path: '/a', limits: [{ limit: once, scope: 'a' }] },
          { path: '/a|a', limits: [{ limit: once, scope: '' }] },
        ],
      })
      await app.expect('/a', 'ok', as('b|c'))
      await app.expect('/a|a', 'ok', as('b|c'))
      await app.expect('/a', 'ok', as('c'))
      await app.expect('/a', 'ok', as('b%7Cc'))
    },
  },
]
