import { describe, expect, test } from 'vitest'
import { resolve } from '../../src/limiter/resolve.ts'
import { endpoint, group, rule, type TestEndpoint, type TestRule } from './builders.ts'

const application = rule('1/day', { name: 'application' }, 'application')
const defaults = rule('2/day', { name: 'default' }, 'default')
const own = rule('3/day', { name: 'own' })
const added = rule('4/day', { name: 'added', overrideDefaults: false })
const forPost = rule('5/day', { name: 'post', methods: ['POST'] })
const outer = rule('6/day', { name: 'outer' }, 'group')
const outerAdded = rule('6/day', { name: 'outer+', overrideDefaults: false }, 'group')
const middle = rule('7/day', { name: 'middle' }, 'group')
const middleAdded = rule('7/day', { name: 'middle+', overrideDefaults: false }, 'group')
const inner = rule('8/day', { name: 'inner' }, 'group')
const innerAdded = rule('8/day', { name: 'inner+', overrideDefaults: false }, 'group')
const empty = rule('', { name: 'empty' })

/** What applies, in words; then what does not, and why. */
function resolved(given: TestEndpoint, method = 'GET'): string {
  const isLoaded = ({ limits }: TestRule) => !Array.isArray(limits) || limits.length > 0
  const {
    application: apps,
    defaults: defs,
    own: owns,
    groups,
    skipped,
  } = resolve(given, { application: [application], defaults: [defaults] }, method, isLoaded)
  const applies = [...apps, ...defs, ...owns, ...groups].map(({ name }) => name).join(' ')
  const not = skipped.map(({ rule: { name }, reason }) => `${name} ${reason}`).join(', ')
  return not === '' ? applies : `${applies} | ${not}`
}

const none = group([])

describe('limits of a route', () => {
  test.each<[string, Partial<TestEndpoint>, string]>([
    ['without any: application and default', {}, 'application default'],
    ['of its own: stand in for the defaults', { rules: [own] }, 'application own | default overridden'],
    ['that add: with the defaults', { rules: [added] }, 'application default added'],
    ['of which one adds: stand in', { rules: [added, own] }, 'application added own | default overridden'],
    ['for other methods: the defaults are back', { rules: [forPost] }, 'application default post'],
    [
      'of which one is for other methods: stand in',
      { rules: [forPost, own] },
      'application post own | default overridden',
    ],
    ['that are empty: the defaults are back', { rules: [empty] }, 'application default | empty no-limit'],
  ])('%s', (_name, given, expected) => {
    expect(resolved(endpoint(given))).toBe(expected)
  })

  test('for this method stand in for the defaults', () => {
    expect(resolved(endpoint({ rules: [forPost] }), 'POST')).toBe('application post | default overridden')
  })
})

describe('limits of groups', () => {
  test.each<[string, Partial<TestEndpoint>, string]>([
    ['stand in for the defaults', { groups: [group([outer])] }, 'application outer | default overridden'],
    ['that add: with the defaults', { groups: [group([outerAdded])] }, 'application default outer+'],
    [
      'are overridden by the route',
      { rules: [own], groups: [group([outer])] },
      'application own | outer overridden, default overridden',
    ],
    [
      'are joined by a route that adds',
      { rules: [added], groups: [group([outer])] },
      'application added outer | default overridden',
    ],
    [
      'stand in for those around them',
      { groups: [group([outer]), group([inner])] },
      'application inner | outer cut-off, default overridden',
    ],
    [
      'that add: with those around them',
      { groups: [group([outer]), group([innerAdded])] },
      'application outer inner+ | default overridden',
    ],
    [
      'that all add: with the defaults, too',
      { groups: [group([outerAdded]), group([innerAdded])] },
      'application default outer+ inner+',
    ],
    ['are inherited by a group without', { groups: [group([outer]), none] }, 'application outer | default overridden'],
    [
      'are inherited through several groups without',
      { groups: [group([outer]), none, none] },
      'application outer | default overridden',
    ],
    [
      'that override stay so below',
      { groups: [group([outer]), group([middle]), none] },
      'application middle | outer cut-off, default overridden',
    ],
    [
      'that add are inherited with those around them',
      { groups: [group([outer]), group([middleAdded]), none] },
      'application outer middle+ | default overridden',
    ],
    [
      'where a group of several adds: all around it',
      { groups: [group([outer]), group([middle]), group([innerAdded])] },
      'application outer middle inner+ | default overridden',
    ],
    ['without any anywhere: the defaults', { groups: [none, none] }, 'application default'],
  ])('%s', (_name, given, expected) => {
    expect(resolved(endpoint(given))).toBe(expected)
  })
})

describe('exemptions', () => {
  test.each<[string, Partial<TestEndpoint>, string]>([
    [
      'of a route, bare: from everything',
      { rules: [own], groups: [group([outer])], exemption: 'all' },
      ' | application exempt, default exempt, own exempt, outer exempt',
    ],
    [
      'of a route from application limits',
      { rules: [added], exemption: { application: true } },
      'default added | application exempt',
    ],
    [
      'of a route from defaults',
      { rules: [added], exemption: { default: true } },
      'application added | default exempt',
    ],
    [
      'of a group, bare: from all that is not of the route',
      { groups: [group([outer]), group([inner], 'all')] },
      ' | outer exempt, inner exempt, application exempt, default exempt',
    ],
    ['of a group from defaults', { groups: [group([], { default: true })] }, 'application | default exempt'],
    [
      'of a group do not hold for those inside',
      { groups: [group([], { default: true }), none] },
      'application default',
    ],
    [
      'of a group with descendants do',
      { groups: [group([], { default: true, descendants: true }), none] },
      'application | default exempt',
    ],
    [
      'with descendants: its limits are not inherited',
      { groups: [group([outer], { descendants: true }), none] },
      'application default | outer cut-off',
    ],
    [
      'with descendants: its limits hold for itself',
      { groups: [group([outer], { descendants: true })] },
      'application outer | default overridden',
    ],
    [
      'from ancestors: limits around are not inherited',
      { groups: [group([outer]), group([], { ancestors: true })] },
      'application default | outer cut-off',
    ],
    [
      'from ancestors: its own limits hold',
      { groups: [group([outer]), group([innerAdded], { ancestors: true })] },
      'application default inner+ | outer cut-off',
    ],
    [
      'from ancestors stay so below',
      { groups: [group([outer]), group([], { ancestors: true }), none] },
      'application default | outer cut-off',
    ],
  ])('%s', (_name, given, expected) => {
    expect(resolved(endpoint(given))).toBe(expected)
  })

  test.each<[Partial<TestEndpoint>, boolean]>([
    [{}, true],
    [{ exemption: 'all' }, false],
    [{ exemption: { meta: true } }, false],
    [{ exemption: { default: true } }, true],
    [{ groups: [group([], { meta: true })] }, false],
    [{ groups: [group([], { meta: true }), none] }, true],
    [{ groups: [group([], { meta: true, descendants: true }), none] }, false],
  ])('meta limits gate %o: %s', (given, gated) => {
    const resolution = resolve(endpoint(given), { application: [], defaults: [] }, 'GET', () => true)
    expect(resolution.gated).toBe(gated)
  })
})
