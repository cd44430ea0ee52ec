import { describe, expect, it } from 'vitest'
import { breachOf, canonical, conditionOf, deductionOf, type RequestView, valueOf } from '../../conformance/forms.ts'
import type { Json } from '../../conformance/format.ts'

function request(headers: Readonly<Record<string, string>> = {}): RequestView {
  return {
    method: 'POST',
    path: '/items/7',
    remoteAddress: '10.0.0.1',
    header: (name) => headers[name],
    pathParam: (name) => (name === 'id' ? '7' : undefined),
  }
}

describe('value forms', () => {
  const given = request({ 'X-A': '4', 'X-Tier': 'gold' })
  it.each<[Json, string | number | undefined]>([
    ['text', 'text'],
    [3, 3],
    [null, undefined],
    [{ header: 'X-A', default: 'd' }, '4'],
    [{ header: 'X-B', default: 'd' }, 'd'],
    [{ header: 'X-B', default: null }, undefined],
    [{ header: 'X-A', asInt: true, default: 1 }, 4],
    [{ header: 'X-B', asInt: true, default: 1 }, 1],
    [{ header: 'X-Tier', map: { gold: '9/minute' }, default: '1/minute' }, '9/minute'],
    [{ header: 'X-A', map: { gold: '9/minute' }, default: '1/minute' }, '1/minute'],
    [{ const: 'v' }, 'v'],
    [{ pathParam: 'id' }, '7'],
    [{ remoteAddress: true }, '10.0.0.1'],
    [{ method: true }, 'POST'],
    [{ routeName: true }, 'g.item'],
    [{ concat: [{ routeName: true }, { header: 'X-Tier' }], sep: ':' }, 'g.item:gold'],
  ])('%j is %j', (form, value) => {
    expect(valueOf(form)(given, 'g.item')).toBe(value)
  })

  it('fail when asked to, and on a number that is none', () => {
    expect(() => valueOf({ raise: 'broke' })(given)).toThrow('broke')
    expect(() => valueOf({ header: 'X-Tier', asInt: true, default: 1 })(given)).toThrow('not an integer: "gold"')
  })

  it('are refused when they are read, not when they are asked, if the runner does not know them', () => {
    expect(() => valueOf({ cookie: 'a' })).toThrow('does not know: {"cookie":"a"}')
    expect(() => conditionOf({ cookie: 'a' })).toThrow('does not know')
    expect(() => deductionOf({ cookie: 'a' })).toThrow('does not know')
  })
})

describe('conditions', () => {
  it.each<[Json, boolean]>([
    [{ header: 'X-A' }, true],
    [{ header: 'X-B' }, false],
    [{ header: 'X-A', equals: '1' }, true],
    [{ header: 'X-A', equals: '2' }, false],
    [{ method: 'POST' }, true],
    [{ method: 'GET' }, false],
    [{ path: '/items/7' }, true],
    [{ const: true }, true],
    [{ not: { method: 'POST' } }, false],
  ])('%j is %j', (form, answer) => {
    expect(conditionOf(form)(request({ 'X-A': '1' }))).toBe(answer)
  })
})

describe('deductWhen forms', () => {
  const response = { status: 404, header: (name: string) => (name === 'X-Charge' ? 'yes' : undefined) }
  it.each<[Json, boolean]>([
    [{ status: 404 }, true],
    [{ status: 200 }, false],
    [{ statusNot: 404 }, false],
    [{ statusAtLeast: 404 }, true],
    [{ statusAtLeast: 405 }, false],
    [{ responseHeader: 'X-Charge', equals: 'yes' }, true],
    [{ responseHeader: 'X-Other', equals: 'yes' }, false],
    [{ const: false }, false],
  ])('%j is %j', (form, answer) => {
    expect(deductionOf(form)(response)).toBe(answer)
  })
})

describe('breach forms', () => {
  it('keep no status where none is given', () => {
    expect(breachOf({ label: 'a', respond: { body: 'b' } })).toEqual({
      label: 'a',
      respond: { body: 'b', headers: {} },
    })
    expect(breachOf({ label: 'a', respond: { status: 403, body: 'b' } }).respond?.status).toBe(403)
    expect(breachOf({ label: 'a', raise: 'm' })).toEqual({ label: 'a', raise: 'm' })
  })
})

describe('equal forms', () => {
  it('have the same canonical text whatever the order of their fields', () => {
    expect(canonical({ limit: '1/minute', cost: { default: 1, header: 'X' } })).toBe(
      canonical({ cost: { header: 'X', default: 1 }, limit: '1/minute' }),
    )
    expect(canonical([1, 2])).not.toBe(canonical([2, 1]))
  })
})
