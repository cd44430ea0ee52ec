import { describe, expect, it } from 'vitest'
import type { RouteSpec, Scenario } from '../../conformance/format.ts'
import {
  attachmentOf,
  exemptionOf,
  hasIpv6Addresses,
  limitsOfFunction,
  needsRouteNames,
  routesInOrder,
} from '../../conformance/scenario.ts'

function scenario(given: Partial<Scenario> = {}): Scenario {
  return { id: 's', t0: 0, routes: [], steps: [], ...given }
}

describe('a scenario', () => {
  it('fills in the shared limit that an attached one refers to, and its limiter', () => {
    const shared = { name: 'A', limit: '1/minute', scope: 'x', limiter: 'two' }
    const given = scenario({ sharedLimits: [shared] })
    expect(attachmentOf(given, { shared: 'A' })).toEqual({ spec: { ...shared, shared: true }, limiter: 'two' })
    expect(attachmentOf(given, { shared: 'A', limiter: 'one' }).limiter).toBe('one')
    expect(attachmentOf(given, { limit: '2/minute' })).toEqual({ spec: { limit: '2/minute' }, limiter: undefined })
    expect(() => attachmentOf(given, { shared: 'B' })).toThrow('does not hold it')
    expect(() => limitsOfFunction(given, 'f')).toThrow('does not hold it')
  })

  it('says in our words from what a route is exempt', () => {
    expect(exemptionOf(true)).toEqual({ limiter: undefined, scopes: undefined })
    expect(exemptionOf({ limiter: 'one' })).toEqual({ limiter: 'one', scopes: undefined })
    expect(exemptionOf(['DEFAULT', 'DESCENDENTS']).scopes).toEqual({ default: true, descendants: true })
    expect(exemptionOf({ limiter: 'one', flags: ['META'] })).toEqual({ limiter: 'one', scopes: { meta: true } })
  })

  it.each<[boolean, RouteSpec[]]>([
    [false, [{ name: 'a', path: '/a' }]],
    [
      false,
      [
        { name: 'a', path: '/a', group: 'g' },
        { name: 'b', path: '/a' },
      ],
    ],
    [true, [{ name: 'a', path: '/a', methods: ['GET', 'POST'] }]],
    [
      true,
      [
        { name: 'a', path: '/a' },
        { name: 'b', path: '/a', methods: ['POST'] },
      ],
    ],
    [true, [{ name: 'a', path: '/a', limits: [{ limit: '1/minute', scope: { routeName: true } }] }]],
  ])('needs the recorded route names: %s for %j', (needs, routes) => {
    expect(needsRouteNames(scenario({ routes }))).toBe(needs)
  })

  it('has its routes with parameters last', () => {
    const routes = [
      { name: 'item', path: '/:id' },
      { name: 'new', path: '/new' },
    ]
    expect(routesInOrder(scenario({ routes })).map(({ name }) => name)).toEqual(['new', 'item'])
  })

  it('knows whether it has addresses that we take for one client', () => {
    const from = (remoteAddr: string) =>
      scenario({ steps: [{ at: 0, path: '/', remoteAddr, expect: { status: 200 } }] })
    expect(hasIpv6Addresses(from('10.0.0.1'))).toBe(false)
    expect(hasIpv6Addresses(from('::ffff:10.0.0.1'))).toBe(true)
  })
})
