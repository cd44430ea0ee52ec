import { describe, expect, it } from 'vitest'
import { ADAPTERS } from '../../conformance/adapters.ts'
import { caseStorages } from '../../conformance/case-storages.ts'
import type { ActionStep, RequestStep, RouteSpec, Scenario } from '../../conformance/format.ts'
import { failuresOf } from '../../conformance/outcome.ts'
import { playScenario } from '../../conformance/play-scenario.ts'

type Step = RequestStep | ActionStep

const get = (path: string, expect: RequestStep['expect'], given: Partial<RequestStep> = {}): RequestStep => ({
  at: 0.25,
  path,
  expect,
  ...given,
})

function scenario(routes: readonly RouteSpec[], steps: readonly Step[], given: Partial<Scenario> = {}): Scenario {
  return { id: 's', t0: 1_700_000_000, limiter: {}, routes, steps, ...given }
}

describe.each(ADAPTERS)('a scenario in $name', (adapter) => {
  const failures = async (given: Scenario) =>
    (await playScenario(given, adapter, caseStorages(undefined))).outcomes.map((outcome) =>
      failuresOf(outcome).map(({ path }) => path),
    )

  const limited = { name: 'a', path: '/a', limits: [{ limit: '1/minute' }] }

  it('is built and played: what is recorded so passes, what is recorded otherwise fails in its step', async () => {
    const passes = get('/a', { status: 200, body: 'a' })
    const refused = get('/a', { status: 429, message: '1 per 1 minute' })
    expect(await failures(scenario([limited], [passes, refused]))).toEqual([[], []])
    expect(await failures(scenario([limited], [refused, passes]))).toEqual([
      ['status', 'message'],
      ['status', 'body'],
    ])
  })

  it('follows the virtual clock, and is reset where it says so', async () => {
    const passes = { status: 200 }
    const steps: Step[] = [
      get('/a', passes),
      get('/a', passes, { at: 60.25 }),
      { at: 61, action: 'reset' },
      get('/a', passes, { at: 61 }),
    ]
    expect(await failures(scenario([limited], steps))).toEqual([[], [], [], []])
  })

  it('tells clients apart by the address that the step says, of either family', async () => {
    const from = (remoteAddr: string, status: number) => get('/a', { status }, { remoteAddr })
    const steps = [
      from('10.0.0.1', 200),
      from('::ffff:10.0.0.1', 200),
      from('2001:db8::1', 200),
      from('2001:db8::2', 200),
      from('10.0.0.1', 429),
    ]
    expect(await failures(scenario([limited], steps))).toEqual([[], [], [], [], []])
  })

  it('sends headers as they are written, also what HTTP would change', async () => {
    const keyed = { ...limited, limits: [{ limit: '1/minute', keyFunc: { header: 'X-User', default: 'guest' } }] }
    const as = (user: string, status: number) => get('/a', { status }, { headers: { 'X-User': user } })
    expect(
      await failures(scenario([keyed], [as('Ann', 200), as('Ann ', 200), as('Žofie', 200), as('Žofie', 429)])),
    ).toEqual([[], [], [], []])
  })

  it('counts the methods of one route together, as one endpoint', async () => {
    const route = { ...limited, methods: ['GET', 'POST'] }
    const steps = [get('/a', { status: 200 }), get('/a', { status: 429 }, { method: 'POST' })]
    expect(await failures(scenario([route], steps))).toEqual([[], []])
  })

  it('has groups, exemptions, filters, functions and blocks', async () => {
    const routes: RouteSpec[] = [
      { name: 'in', path: '/in', group: 'inner' },
      { name: 'free', path: '/free', exempt: true },
      { name: 'call', path: '/call', calls: ['f'], exempt: ['DEFAULT'] },
      { name: 'block', path: '/block', blocks: [{ limit: '1/hour', whenExceeded: 'continue' }], exempt: ['DEFAULT'] },
      { name: 'boom', path: '/boom', response: { throwWhen: { header: 'X-Boom' } }, exempt: true },
    ]
    const twice = (path: string, ...statuses: number[]) => statuses.map((status) => get(path, { status }))
    const steps = [
      ...twice('/out/inner/in', 200, 200, 429),
      ...twice('/free', 200, 200),
      ...twice('/call', 200, 429),
      ...twice('/block', 200, 200),
      get('/boom', { status: 500 }, { headers: { 'X-Boom': '1' } }),
      get('/out/inner/in', { status: 200 }, { headers: { 'X-Internal': '1' } }),
    ]
    const given: Partial<Scenario> = {
      limiter: { defaultLimits: ['1/hour'], requestFilters: [{ header: 'X-Internal' }] },
      groups: [
        { name: 'outer', prefix: '/out' },
        { name: 'inner', prefix: '/inner', parent: 'outer', limits: [{ limit: '2/minute' }] },
      ],
      functions: [{ name: 'f', limits: [{ limit: '1/minute' }] }],
    }
    expect((await failures(scenario(routes, steps, given))).flat()).toEqual([])
  })

  it('reports callbacks, log and current limits', async () => {
    const route = {
      ...limited,
      limits: [{ limit: '1/minute', onBreach: { label: 'x', respond: { status: 403, body: '{key} {resetIn}' } } }],
    }
    const recorded = { limit: '1 per 1 minute', key: 'K', shared: false, remaining: 0, resetAt: 1_700_000_061 }
    const refused = {
      status: 403,
      body: 'K 61',
      callbacks: [{ callback: 'x', limit: '1 per 1 minute', key: 'K' }],
      log: [{ level: 'info', kind: 'exceeded' }],
      currentLimit: { ...recorded, breached: true },
      currentLimits: [{ ...recorded, breached: true }],
    }
    const passes = { status: 200, callbacks: [], log: [], currentLimit: { ...recorded, breached: false } }
    expect(await failures(scenario([route], [get('/a', passes), get('/a', refused)]))).toEqual([[], []])
    const otherKey = { ...refused, currentLimits: [{ ...recorded, breached: true, key: 'L' }] }
    expect(await failures(scenario([route], [get('/a', passes), get('/a', otherKey)]))).toEqual([[], ['key']])
  })

  it('fails where it holds something that the runner does not know', async () => {
    const route = { ...limited, limits: [{ limit: { cookie: 'a' } }] }
    expect(await failures(scenario([route], [get('/a', { status: 200 })]))).toEqual([['construction']])
  })
})
