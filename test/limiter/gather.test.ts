import { describe, expect, test, vi } from 'vitest'
import { CompiledEndpoint } from '../../src/limiter/compiled-endpoint.ts'
import { gather, type Gathered, type GatherNotes } from '../../src/limiter/gather.ts'
import type { MetaLimitEntry } from '../../src/limiter/limit-options.ts'
import { parseFor } from '../../src/limiter/rule.ts'
import { isPromise, run } from '../../src/limiter/steps.ts'
import { byClient, type Call, endpoint, rule, type TestRule } from './builders.ts'

const request: Call = { client: 'ann' }

function notes(): { readonly said: string[]; readonly notes: GatherNotes<Call, unknown> } {
  const said: string[] = []
  return {
    said,
    notes: {
      unreadable: (_rule, error) => void said.push(`unreadable ${error.notation}`),
      emptyKey: (_rule, { text }) => void said.push(`empty ${text}`),
      undefinedKey: (_rule, { text }) => void said.push(`undefined ${text}`),
      inspectKey: () => undefined,
      parse: (notation, { strategy }) => parseFor(notation, strategy),
    },
  }
}

interface Given {
  readonly application?: readonly TestRule[]
  readonly defaults?: readonly TestRule[]
  readonly metas?: readonly TestRule[]
}

function gathered(
  rules: readonly TestRule[],
  { application = [], defaults = [], metas = [] }: Given = {},
  given = notes().notes,
): Gathered<Call, unknown> | Promise<Gathered<Call, unknown>> {
  const compiled = new CompiledEndpoint(endpoint({ rules }), { application, defaults }, metas, '')
  return run(gather(compiled, 'GET', request, '', given))
}

async function texts(...args: Parameters<typeof gathered>): Promise<string[]> {
  const { batch } = await gathered(...args)
  return batch.entries.map(({ limit, cost }) => `${limit.text} at ${cost}`)
}

describe('functions of the user', () => {
  test('that answer at once are asked without a promise', () => {
    const rules = [rule(() => '5/minute', { key: byClient, cost: () => 2, scope: () => 's', exemptWhen: () => false })]
    expect(isPromise(gathered(rules))).toBe(false)
  })

  test('may each answer later', async () => {
    const rules = [
      rule(async () => '5/minute', { key: async () => 'ann', cost: async () => 2, exemptWhen: async () => false }),
    ]
    expect(isPromise(gathered(rules))).toBe(true)
    expect(await texts(rules)).toEqual(['5 per 1 minute at 2'])
  })

  test('are asked once each, however many limits depend on them', async () => {
    const key = vi.fn(byClient)
    const notation = vi.fn(() => '5/minute; 9/hour')
    const cost = vi.fn(() => 2)
    const exemptWhen = vi.fn(() => false)
    const metaLimits: MetaLimitEntry<Call>[] = ['1/day', '2/day']
    await gathered([rule(notation, { key, cost, exemptWhen, metaLimits }), rule('7/day', { key })])
    for (const each of [key, notation, cost, exemptWhen]) {
      expect(each.mock.calls.map(([given]: unknown[]) => given)).toEqual([request])
    }
  })

  test('are not asked about limits that do not apply', async () => {
    const ask = vi.fn(() => 'never')
    const options = { key: ask, cost: () => Number(ask()) }
    await gathered([
      rule('5/minute', { ...options, methods: ['POST'] }),
      rule('6/minute', { ...options, exemptWhen: () => true }),
    ])
    await gathered([rule('5/minute')], { defaults: [rule(ask, {}, 'default')] })
    expect(ask).not.toHaveBeenCalled()
  })

  test('that fail are not hushed up here', async () => {
    const boom = () => {
      throw new Error('boom')
    }
    expect(() => gathered([rule('5/minute', { key: boom })])).toThrow('boom')
    await expect(gathered([rule('5/minute', { key: async () => boom() })])).rejects.toThrow('boom')
    await expect(gathered([rule('5/minute', { key: async () => 'a', cost: boom })])).rejects.toThrow('boom')
  })

  test.each<[string, TestRule, string]>([
    [
      'a key',
      rule('5/minute', { key: (() => 5) as never }),
      'a key function has to answer a string or undefined, got 5',
    ],
    [
      'a cost',
      rule('5/minute', { cost: () => -1 }),
      'a cost function has to answer an integer from 0 to 2^53 - 1, got -1',
    ],
    [
      'a fraction of a cost',
      rule('5/minute', { cost: () => 0.5 }),
      'a cost function has to answer an integer from 0 to 2^53 - 1, got 0.5',
    ],
    [
      'a cost as text',
      rule('5/minute', { cost: (() => '1') as never }),
      'a cost function has to answer an integer from 0 to 2^53 - 1, got "1"',
    ],
    [
      'a scope',
      rule('5/minute', { scope: (() => 5) as never }),
      'a scope function has to answer a string, got 5 for GET /a',
    ],
  ])('that answer %s which is none are errors of the callback', (_name, given, message) => {
    expect(() => gathered([given])).toThrow(expect.objectContaining({ code: 'ERR_CALLBACK', message }))
  })
})

describe('a dynamic notation', () => {
  test('may hold several limits', async () => {
    expect(await texts([rule(() => '5/minute; 9/hour')])).toEqual(['5 per 1 minute at 1', '9 per 1 hour at 1'])
  })

  test('that is empty leaves the defaults in force', async () => {
    expect(await texts([rule(() => '')], { defaults: [rule('2/day', {}, 'default')] })).toEqual(['2 per 1 day at 1'])
  })

  test('that cannot be read leaves the defaults in force and is told of', async () => {
    const { said, notes: given } = notes()
    expect(await texts([rule(() => 'often')], { defaults: [rule('2/day', {}, 'default')] }, given)).toEqual([
      '2 per 1 day at 1',
    ])
    expect(said).toEqual(['unreadable often'])
  })

  test('of the defaults or the application that cannot be read is an error: there is nothing to fall back to', () => {
    for (const source of ['default', 'application', 'meta'] as const) {
      const bad = rule(() => 'often', {}, source)
      const given = { default: { defaults: [bad] }, application: { application: [bad] }, meta: { metas: [bad] } }[
        source
      ]
      expect(() => gathered([], given)).toThrow('cannot read the limit "often"')
    }
  })
})

describe('a key that is missing', () => {
  test('leaves the limit out and is told of, for its meta limits, too', async () => {
    const { said, notes: given } = notes()
    const rules = [
      rule('5/minute', { key: () => undefined, metaLimits: ['1/day'] }),
      rule('6/minute', { key: () => '' }),
      rule('7/minute'),
    ]
    const { skipped, batch } = await gathered(rules, {}, given)
    expect(batch.entries.map(({ limit }) => limit.text)).toEqual(['7 per 1 minute'])
    expect(skipped.map(({ reason }) => reason)).toEqual(['empty-key', 'empty-key', 'empty-key'])
    expect(said).toEqual(['undefined 5 per 1 minute', 'empty 6 per 1 minute', 'undefined 1 per 1 day'])
  })
})
