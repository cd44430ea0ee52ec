import type { Capability } from './harness.ts'
import { table } from './table.ts'
import type { Check } from './stage.ts'

const once = '1 per 1 minute'
const twice = '2 per 1 minute'
const thrice = '3 per 1 minute'
const needs: readonly Capability[] = ['nested-groups']

/** What exemptions take away. */
export const EXEMPTIONS: readonly Check[] = table([
  {
    name: 'a bare exemption frees a route from every limit, its own too',
    app: {
      limiter: { applicationLimits: [once], defaultLimits: [once] },
      groups: [
        {
          prefix: '/g',
          limits: [{ limit: once }],
          routes: [{ path: '/a', limits: [{ limit: once }], exempt: 'all' }, { path: '/b' }],
        },
      ],
    },
    requests: [
      ['/g/a', 'ok', 'ok', 'ok'],
      ['/g/b', 'ok', once],
    ],
  },
  {
    name: 'a bare exemption frees a route from an exhausted meta limit',
    app: {
      limiter: { metaLimits: ['1 per hour'] },
      routes: [
        { path: '/a', limits: [{ limit: once }] },
        { path: '/b', exempt: 'all' },
      ],
    },
    requests: [
      ['/a', 'ok', once, '1 per 1 hour'],
      ['/b', 'ok'],
    ],
  },
  {
    name: 'an exemption from defaults leaves application limits and its own',
    app: {
      limiter: { applicationLimits: [thrice], defaultLimits: [once] },
      routes: [
        { path: '/a', exempt: { default: true } },
        { path: '/b', limits: [{ limit: twice, overrideDefaults: false }], exempt: { default: true } },
      ],
    },
    requests: [
      ['/b', 'ok', 'ok', twice],
      ['/a', 'ok', thrice],
    ],
  },
  {
    name: 'an exemption from application limits leaves the defaults',
    app: {
      limiter: { applicationLimits: [once], defaultLimits: [twice] },
      routes: [{ path: '/a', exempt: { application: true } }, { path: '/b' }],
    },
    requests: [
      ['/b', 'ok', once],
      ['/a', 'ok', 'ok', twice],
    ],
  },
  {
    name: 'a bare exemption frees a group from every limit, its own too',
    app: {
      limiter: { applicationLimits: [once] },
      groups: [{ prefix: '/g', exempt: 'all', limits: [{ limit: once }], routes: [{ path: '/a' }] }],
    },
    requests: [['/g/a', 'ok', 'ok']],
  },
  {
    name: 'a named scope frees a group from exactly that',
    app: {
      limiter: { applicationLimits: [thrice], defaultLimits: [once] },
      groups: [
        {
          prefix: '/g',
          exempt: { default: true },
          limits: [{ limit: twice, overrideDefaults: false }],
          routes: [{ path: '/a' }, { path: '/b' }],
        },
      ],
    },
    requests: [
      ['/g/a', 'ok', 'ok', twice],
      ['/g/b', 'ok', thrice],
    ],
  },
  {
    name: 'what a group is exempt from does not reach the groups inside it',
    needs,
    app: {
      limiter: { defaultLimits: [once] },
      groups: [
        {
          prefix: '/o',
          exempt: { default: true },
          routes: [{ path: '/a' }],
          groups: [{ prefix: '/i', routes: [{ path: '/a' }] }],
        },
      ],
    },
    requests: [
      ['/o/a', 'ok', 'ok'],
      ['/o/i/a', 'ok', once],
    ],
  },
  {
    name: 'with descendants it does, and these do not inherit its limits',
    needs,
    app: {
      limiter: { defaultLimits: [once] },
      groups: [
        {
          prefix: '/o',
          exempt: { default: true, descendants: true },
          limits: [{ limit: twice }],
          routes: [{ path: '/a' }],
          groups: [{ prefix: '/i', routes: [{ path: '/a' }] }],
        },
      ],
    },
    requests: [
      ['/o/a', 'ok', 'ok', twice],
      ['/o/i/a', 'ok', 'ok', 'ok'],
    ],
  },
  {
    name: 'an exemption from ancestors frees a group from the limits of those around it',
    needs,
    app: {
      limiter: { defaultLimits: [twice] },
      groups: [
        {
          prefix: '/o',
          limits: [{ limit: once }],
          groups: [{ prefix: '/i', exempt: { ancestors: true }, routes: [{ path: '/a' }] }],
        },
      ],
    },
    requests: [['/o/i/a', 'ok', 'ok', twice]],
  },
])
