import type { Check } from './stage.ts'
import { table } from './table.ts'

const once = '1 per 1 minute'

/** Meta limits: limits on refusals. */
export const META_LIMITS: readonly Check[] = table([
  {
    name: 'an exhausted meta limit refuses whatever the client asks for',
    app: { limiter: { defaultLimits: [once], metaLimits: ['2 per hour'] }, routes: [{ path: '/a' }, { path: '/b' }] },
    requests: [
      ['/a', 'ok', once, once, '2 per 1 hour'],
      ['/b', '2 per 1 hour'],
    ],
  },
  {
    name: 'a meta limit of one limit counts its refusals only, and refuses where that limit is attached',
    app: {
      routes: [
        { path: '/a', limits: [{ limit: once, metaLimits: ['1 per hour'] }] },
        { path: '/b', limits: [{ limit: once }] },
      ],
    },
    requests: [
      ['/b', 'ok', once, once],
      ['/a', 'ok', once, '1 per 1 hour'],
      ['/b', once],
    ],
  },
  {
    name: 'a meta limit of a group limit works like that of a route',
    app: {
      groups: [{ prefix: '/g', limits: [{ limit: once, metaLimits: ['1 per hour'] }], routes: [{ path: '/a' }] }],
    },
    requests: [['/g/a', 'ok', once, '1 per 1 hour']],
  },
  {
    name: 'an exemption from meta limits lifts their gate, and refusals still count',
    app: {
      limiter: { metaLimits: ['1 per hour'] },
      routes: [
        { path: '/a', limits: [{ limit: once }], exempt: { meta: true } },
        { path: '/b', limits: [{ limit: once }] },
      ],
    },
    requests: [
      ['/a', 'ok', once, once],
      ['/b', '1 per 1 hour'],
    ],
  },
])
