import type { LimitSpec } from './app-spec.ts'
import { table } from './table.ts'
import type { Check } from './stage.ts'

const once = '1 per 1 minute'
const twice = '2 per 1 minute'
const thrice = '3 per 1 minute'

const shared: LimitSpec = { limit: twice, shared: true, scope: 'search' }
const byVerb: LimitSpec = { limit: once, shared: true, scope: (endpoint) => endpoint.split(' ')[0]! }
const eachMethod: LimitSpec = { limit: once, shared: true, scope: 'cart', perMethod: true }
const allMethods: LimitSpec = { limit: once, shared: true, scope: 'cart' }
const attachedTwice: LimitSpec = { limit: twice }

/** Which limits apply to which requests, as in Flask-Limiter: routes and application. */
export const ROUTE_LIMITS: readonly Check[] = table([
  {
    name: 'without limits nothing is refused',
    app: { routes: [{ path: '/a' }] },
    requests: [['/a', 'ok', 'ok', 'ok']],
  },
  {
    name: 'defaults are counted for each route by itself',
    app: { limiter: { defaultLimits: [twice] }, routes: [{ path: '/a' }, { path: '/b' }] },
    requests: [
      ['/a', 'ok', 'ok', twice],
      ['/b', 'ok', 'ok', twice],
    ],
  },
  {
    name: 'a route is counted by its pattern, never by the path that was asked for',
    app: { limiter: { defaultLimits: [twice] }, routes: [{ path: '/items/:id' }] },
    requests: [
      ['/items/1', 'ok'],
      ['/items/2', 'ok'],
      ['/items/3', twice],
    ],
  },
  {
    name: 'a limit of the route stands in for the defaults',
    app: { limiter: { defaultLimits: [once] }, routes: [{ path: '/a', limits: [{ limit: twice }] }, { path: '/b' }] },
    requests: [
      ['/a', 'ok', 'ok', twice],
      ['/b', 'ok', once],
    ],
  },
  {
    name: 'a limit with overrideDefaults false adds to the defaults',
    app: {
      limiter: { defaultLimits: [twice] },
      routes: [{ path: '/a', limits: [{ limit: thrice, overrideDefaults: false }] }],
    },
    requests: [['/a', 'ok', 'ok', twice]],
  },
  {
    name: 'where no limit of the route is for the method, the defaults are back',
    app: {
      limiter: { defaultLimits: [once] },
      routes: [
        { path: '/a', limits: [{ limit: twice, methods: ['post'] }] },
        { path: '/a', methods: ['POST'], limits: [{ limit: twice, methods: ['post'] }] },
      ],
    },
    requests: [
      ['/a', 'ok', once],
      ['POST /a', 'ok', 'ok', twice],
    ],
  },
  {
    name: 'several limits of a route all count, and the shortest window is the first to refuse',
    app: { routes: [{ path: '/a', limits: [{ limit: '5 per hour; 1 per second' }, { limit: twice }] }] },
    requests: [['/a', 'ok', '1 per 1 second']],
  },
  {
    name: 'a limit that is attached twice is counted once',
    app: { routes: [{ path: '/a', limits: [attachedTwice, attachedTwice] }] },
    requests: [['/a', 'ok', 'ok', twice]],
  },
  {
    name: 'an application limit has one counter for all routes',
    app: {
      limiter: { applicationLimits: [thrice], defaultLimits: [twice] },
      routes: [{ path: '/a' }, { path: '/b', limits: [{ limit: '9/minute' }] }],
    },
    requests: [
      ['/a', 'ok', 'ok', twice],
      ['/b', 'ok', thrice],
    ],
  },
  {
    name: 'a shared limit has one counter for the routes that share it',
    app: {
      limiter: { defaultLimits: [once] },
      routes: [{ path: '/a', limits: [shared] }, { path: '/b', limits: [shared] }, { path: '/c' }],
    },
    requests: [
      ['/a', 'ok'],
      ['/b', 'ok', twice],
      ['/a', twice],
      ['/c', 'ok', once],
    ],
  },
  {
    name: 'a shared limit finds its counter by a function of the endpoint',
    app: {
      routes: [
        { path: '/a', limits: [byVerb] },
        { path: '/b', limits: [byVerb] },
        { path: '/b', methods: ['POST'], limits: [byVerb] },
      ],
    },
    requests: [
      ['/a', 'ok'],
      ['/b', once],
      ['POST /b', 'ok', once],
    ],
  },
  {
    name: 'perMethod counts every method by itself',
    app: {
      routes: [
        { path: '/a', limits: [eachMethod] },
        { path: '/a', methods: ['POST'], limits: [eachMethod] },
      ],
    },
    requests: [
      ['/a', 'ok', once],
      ['POST /a', 'ok', once],
    ],
  },
  {
    name: 'without perMethod a shared limit counts the methods together',
    app: {
      routes: [
        { path: '/a', limits: [allMethods] },
        { path: '/a', methods: ['POST'], limits: [allMethods] },
      ],
    },
    requests: [
      ['/a', 'ok'],
      ['POST /a', once],
    ],
  },
  {
    name: 'applicationLimitsPerMethod and defaultLimitsPerMethod do so too',
    app: {
      limiter: {
        applicationLimits: [once],
        applicationLimitsPerMethod: true,
        defaultLimits: [twice],
        defaultLimitsPerMethod: true,
      },
      routes: [{ path: '/a' }, { path: '/b', methods: ['POST'] }],
    },
    requests: [
      ['/a', 'ok', once],
      ['POST /b', 'ok', once],
    ],
  },
  {
    name: 'a limit does not apply where exemptWhen says so, and still stands in for the defaults',
    app: {
      limiter: { defaultLimits: [once] },
      routes: [{ path: '/a', limits: [{ limit: twice, exemptWhen: async () => true }] }],
    },
    requests: [['/a', 'ok', 'ok', 'ok']],
  },
  {
    name: 'a notation can be a function of the request, and may answer later',
    app: {
      limiter: { defaultLimits: [async () => once] },
      routes: [{ path: '/a' }, { path: '/b/:n', limits: [{ limit: (request) => `${request.param('n')} per minute` }] }],
    },
    requests: [
      ['/a', 'ok', once],
      ['/b/2', 'ok', 'ok', twice],
      ['/b/3', 'ok', 'ok', 'ok', thrice],
    ],
  },
  {
    name: 'an empty notation is no limit, and does not stand in for the defaults',
    app: {
      limiter: { defaultLimits: [once] },
      routes: [
        { path: '/a', limits: [{ limit: () => '' }] },
        { path: '/b', limits: [{ limit: '' }] },
      ],
    },
    requests: [
      ['/a', 'ok', once],
      ['/b', 'ok', once],
    ],
  },
  {
    name: 'a dynamic notation that does not parse leaves the defaults in force',
    app: {
      limiter: { defaultLimits: [once] },
      routes: [{ path: '/a', limits: [{ limit: () => 'once a fortnight' }] }],
    },
    requests: [['/a', 'ok', once]],
  },
  {
    name: 'cost is what a request spends',
    app: {
      routes: [
        { path: '/a', limits: [{ limit: '5 per minute', cost: 2 }] },
        { path: '/b/:n', limits: [{ limit: '5 per minute', cost: async (request) => Number(request.param('n')) }] },
      ],
    },
    requests: [
      ['/a', 'ok', 'ok', '5 per 1 minute'],
      ['/b/4', 'ok', '5 per 1 minute'],
      ['/b/1', 'ok', '5 per 1 minute'],
      ['/b/0', 'ok'],
    ],
  },
  {
    name: 'a request filter lets requests pass that nothing limits then',
    app: {
      limiter: { applicationLimits: [once], metaLimits: ['1 per hour'] },
      filters: [async (request) => request.path === '/free'],
      routes: [{ path: '/free' }, { path: '/a' }],
    },
    requests: [
      ['/free', 'ok', 'ok'],
      ['/a', 'ok', once, '1 per 1 hour'],
      ['/free', 'ok'],
    ],
  },
  {
    name: 'a limiter that is not enabled limits nothing',
    app: {
      limiter: { enabled: false, defaultLimits: [once] },
      routes: [{ path: '/a' }, { path: '/b', limits: [{ limit: once }] }],
    },
    requests: [
      ['/a', 'ok', 'ok'],
      ['/b', 'ok', 'ok'],
    ],
  },
  {
    name: 'requestIdentifier names the endpoint, and an empty name means that there is none',
    app: {
      limiter: {
        defaultLimits: [twice],
        requestIdentifier: (request) => request.header('X-Endpoint') ?? (request.path === '/c' ? '' : 'both'),
      },
      routes: [{ path: '/a' }, { path: '/b' }, { path: '/c' }],
    },
    requests: [
      ['/a', 'ok'],
      ['/b', 'ok', twice],
      ['/a', twice],
      ['/c', 'ok', 'ok', 'ok'],
    ],
  },
])
