import type { Capability } from './harness.ts'
import { table } from './table.ts'
import type { Check } from './stage.ts'

const once = '1 per 1 minute'
const twice = '2 per 1 minute'
const thrice = '3 per 1 minute'
const needs: readonly Capability[] = ['nested-groups']

/** Which limits apply to the routes of groups. */
export const GROUP_LIMITS: readonly Check[] = table([
  {
    name: 'a group limit is counted for each route by itself, and stands in for the defaults',
    app: {
      limiter: { defaultLimits: [once] },
      groups: [{ prefix: '/g', limits: [{ limit: twice }], routes: [{ path: '/a' }, { path: '/b' }] }],
    },
    requests: [
      ['/g/a', 'ok', 'ok', twice],
      ['/g/b', 'ok', 'ok', twice],
    ],
  },
  {
    name: 'a group limit with overrideDefaults false adds to the defaults',
    app: {
      limiter: { defaultLimits: [twice] },
      groups: [{ prefix: '/g', limits: [{ limit: thrice, overrideDefaults: false }], routes: [{ path: '/a' }] }],
    },
    requests: [['/g/a', 'ok', 'ok', twice]],
  },
  {
    name: 'a limit of the route stands in for those of its group',
    app: {
      groups: [
        {
          prefix: '/g',
          limits: [{ limit: once }],
          routes: [{ path: '/a', limits: [{ limit: twice }] }, { path: '/b' }],
        },
      ],
    },
    requests: [
      ['/g/a', 'ok', 'ok', twice],
      ['/g/b', 'ok', once],
    ],
  },
  {
    name: 'a limit of the route with overrideDefaults false adds to those of its group',
    app: {
      groups: [
        {
          prefix: '/g',
          limits: [{ limit: once }],
          routes: [{ path: '/a', limits: [{ limit: twice, overrideDefaults: false }] }],
        },
      ],
    },
    requests: [['/g/a', 'ok', once]],
  },
  {
    name: 'a group that is mounted on a parameter is one group',
    app: { groups: [{ prefix: '/t/:tenant', limits: [{ limit: twice }], routes: [{ path: '/items/:id' }] }] },
    requests: [
      ['/t/1/items/1', 'ok'],
      ['/t/2/items/2', 'ok'],
      ['/t/3/items/3', twice],
    ],
  },
  {
    name: 'routes outside a group know nothing of it',
    app: {
      limiter: { defaultLimits: [twice] },
      groups: [{ prefix: '/g', limits: [{ limit: once }], routes: [{ path: '/a' }] }],
      routes: [{ path: '/a' }],
    },
    requests: [
      ['/g/a', 'ok', once],
      ['/a', 'ok', 'ok', twice],
    ],
  },
  {
    name: 'a group without limits has those of the group around it',
    needs,
    app: {
      groups: [{ prefix: '/o', limits: [{ limit: once }], groups: [{ prefix: '/i', routes: [{ path: '/a' }] }] }],
    },
    requests: [['/o/i/a', 'ok', once]],
  },
  {
    name: 'limits of an inner group stand in for those of the outer one',
    needs,
    app: {
      groups: [
        {
          prefix: '/o',
          limits: [{ limit: once }],
          groups: [{ prefix: '/i', limits: [{ limit: twice }], routes: [{ path: '/a' }] }],
          routes: [{ path: '/a' }],
        },
      ],
    },
    requests: [
      ['/o/i/a', 'ok', 'ok', twice],
      ['/o/a', 'ok', once],
    ],
  },
  {
    name: 'limits of an inner group with overrideDefaults false add to those of the outer one',
    needs,
    app: {
      groups: [
        {
          prefix: '/o',
          limits: [{ limit: once }],
          groups: [{ prefix: '/i', limits: [{ limit: twice, overrideDefaults: false }], routes: [{ path: '/a' }] }],
        },
      ],
    },
    requests: [['/o/i/a', 'ok', once]],
  },
  {
    name: 'what a group overrides stays overridden in the groups inside it',
    needs,
    app: {
      groups: [
        {
          prefix: '/o',
          limits: [{ limit: once }],
          groups: [{ prefix: '/m', limits: [{ limit: twice }], groups: [{ prefix: '/i', routes: [{ path: '/a' }] }] }],
        },
      ],
    },
    requests: [['/o/m/i/a', 'ok', 'ok', twice]],
  },
])
