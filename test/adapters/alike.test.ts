import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Stage } from '../../src/testing/adapter-contract/stage.ts'
import { MoodyStorage } from '../../src/testing/adapter-contract/storages.ts'
import type { AdapterHarness, AppSpec, GroupSpec, LimitSpec, RouteSpec } from '../../src/testing/index.ts'
import { withoutUndefined } from '../../src/without-undefined.ts'
import { expressHarness } from './express/harness.ts'
import * as express from './express/versions.ts'
import { fastifyHarness } from './fastify/harness.ts'
import * as fastify from './fastify/versions.ts'
import { honoHarness } from './hono/harness.ts'
import * as hono from './hono/versions.ts'
import { koaHarness } from './koa/harness.ts'
import * as koa from './koa/versions.ts'
import { nestHarness } from './nestjs/harness.ts'
import { loadNest } from './nestjs/versions.ts'

const MODEL = expressHarness(express.VERSIONS.at(-1)!)
const OTHERS: readonly AdapterHarness[] = [
  fastifyHarness(fastify.VERSIONS.at(-1)!, 'onRequest'),
  koaHarness(koa.VERSIONS.at(-1)!),
  honoHarness(hono.VERSIONS.at(-1)!, false),
  nestHarness(loadNest('current'), 'Express'),
]

const HEADERS = ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset', 'retry-after']

/** An app in which routes and groups have no paths yet: they get them by their place. */
interface Shape {
  readonly limits: readonly LimitSpec[]
  readonly exempt: GroupSpec['exempt']
  readonly method: string
  readonly hasParameter: boolean
  readonly routes: readonly Shape[]
  readonly groups: readonly Shape[]
}

/** Once in three times, or more seldom: most limits are plain. */
const maybe = <T>(arbitrary: fc.Arbitrary<T>, times = 3): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: times - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })

const notation = fc
  .tuple(fc.integer({ min: 2, max: 6 }), fc.constantFrom('30 second', '1 minute', '1 hour'))
  .map(([amount, window]) => `${amount} per ${window}`)

const limit: fc.Arbitrary<LimitSpec> = fc
  .record({
    limit: notation,
    overrideDefaults: fc.boolean(),
    methods: maybe(fc.constantFrom(['GET'], ['POST'])),
    perMethod: maybe(fc.constant(true)),
    cost: maybe(fc.constantFrom(1, 2)),
    strategy: maybe(fc.constantFrom('moving-window' as const, 'token-bucket' as const)),
    key: maybe(
      fc.constant((request: { header(name: string): string | undefined }) => request.header('X-Key') ?? 'none'),
    ),
    deductWhen: maybe(
      fc.constant((response: { readonly status: number }) => response.status === 201),
      5,
    ),
    scope: maybe(fc.constantFrom('one', 'two'), 4),
  })
  .map(
    ({ scope, ...rest }) =>
      withoutUndefined(scope === undefined ? rest : { ...rest, scope, shared: true }) as LimitSpec,
  )

const scopes = fc.constantFrom<GroupSpec['exempt'][]>(
  'all',
  { default: true },
  { application: true },
  { ancestors: true },
)

const shape = (depth: number): fc.Arbitrary<Shape> =>
  fc.record({
    limits: fc.array(limit, { maxLength: 2 }),
    exempt: maybe(scopes, 6),
    method: fc.constantFrom('GET', 'GET', 'POST'),
    hasParameter: fc.boolean(),
    routes: depth === 0 ? fc.constant([]) : fc.array(shape(0), { maxLength: 2 }),
    groups: depth < 2 ? fc.constant([]) : fc.array(shape(depth - 1), { maxLength: 2 }),
  })

const app = fc.record({
  options: fc.record({
    defaultLimits: maybe(fc.tuple(notation), 2),
    applicationLimits: maybe(fc.tuple(notation)),
    unmatchedLimits: maybe(fc.tuple(notation)),
    metaLimits: maybe(fc.constant(['3 per 1 hour'])),
  }),
  answersLater: fc.boolean(),
  root: shape(3),
  requests: fc.array(
    fc.record({
      method: fc.constantFrom('GET', 'GET', 'POST', 'HEAD'),
      path: fc.nat(),
      wait: fc.constantFrom(0, 0, 0, 1000, 61_000),
      created: fc.boolean(),
      key: fc.constantFrom('a', 'b'),
    }),
    { minLength: 20, maxLength: 40 },
  ),
})

type TestApp = typeof app extends fc.Arbitrary<infer T> ? T : never

/** The spec of a shape, and the paths of its routes. */
function specOf({ limits, exempt, routes, groups }: Shape, paths: string[], above: string): Omit<GroupSpec, 'prefix'> {
  const spec = withoutUndefined({
    limits,
    exempt,
    routes: routes.map((route, index): RouteSpec => {
      const path = `/r${index}${route.hasParameter ? '/:id' : ''}`
      paths.push(above + path)
      const handler: RouteSpec['handler'] = ({ request }) => ({
        status: request.header('X-Created') === 'true' ? 201 : 200,
        body: 'ok',
      })
      return withoutUndefined({
        path,
        methods: [route.method],
        limits: route.limits,
        exempt: route.exempt,
        handler,
      }) as RouteSpec
    }),
    groups: groups.map((group, index): GroupSpec => {
      const prefix = `/g${index}${group.hasParameter ? '/:tenant' : ''}`
      return { ...specOf(group, paths, above + prefix), prefix }
    }),
  })
  return spec as Omit<GroupSpec, 'prefix'>
}

/** What an app answers, request by request: status, text of the refusal, headers of the limits. */
async function play(harness: AdapterHarness, { options, answersLater, root, requests }: TestApp) {
  const stage = new Stage(harness)
  const paths: string[] = []
  const { routes, groups } = specOf(root, paths, '')
  paths.push('/none')
  const storage = new MoodyStorage(answersLater ? 'later' : 'now')
  const limiter = { options: { ...withoutUndefined(options), storage, headers: 'legacy' as const } }
  const answers: unknown[] = []
  try {
    const spec = { limiters: [limiter], routes, groups } as AppSpec
    const served = await stage.open(spec)
    for (const { method, path, wait, created, key } of requests) {
      stage.clock.advance(wait)
      const what = `${method} ${paths[path % paths.length]!.replaceAll(/:\w+/g, '7')}`
      const { status, body, headers } = await served.send(what, {
        headers: { 'X-Created': `${created}`, 'X-Key': key },
      })
      const told = HEADERS.map((name) => headers.get(name))
      answers.push([what, status === 405 ? 404 : status, status === 429 ? body : '', told])
    }
  } finally {
    await stage.close()
  }
  return answers
}

test(
  'every adapter answers the requests of an app alike, whatever limits the app has',
  { timeout: 300_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(app, async (value) => {
        const expected = await play(MODEL, value).catch(() => undefined)
        // What cannot be meant, such as one limit that is charged before the handler and after it, is an error when it is met.
        fc.pre(expected !== undefined && !JSON.stringify(expected).includes(',500,'))
        for (const harness of OTHERS)
          expect([harness.name, await play(harness, value)]).toEqual([harness.name, expected])
      }),
      { numRuns: 100 },
    )
  },
)
