import { describe, expect, it } from 'vitest'
import type { App, ConformanceAdapter, PlayedResponse } from '../../conformance/adapter.ts'
import { caseStorages } from '../../conformance/case-storages.ts'
import type { KeyCase, ParseCase, RequestStep, Scenario, Sequence } from '../../conformance/format.ts'
import { failuresOf, hasPassed } from '../../conformance/outcome.ts'
import { playKeys } from '../../conformance/play-keys.ts'
import { playParseCase } from '../../conformance/play-parse.ts'
import { playScenario } from '../../conformance/play-scenario.ts'
import { playSequence } from '../../conformance/play-sequence.ts'
import { ConfigurationError } from '../../src/errors.ts'

/** An adapter whose applications answer every request with what `answer` says. */
function fakeAdapter(
  answer: (step: RequestStep) => Partial<PlayedResponse>,
  app: Partial<App> = {},
): ConformanceAdapter {
  return {
    name: 'fake',
    wrongMethodStatus: 405,
    build: async () => ({
      request: async (step) => ({ status: 200, headers: new Map(), body: 'a', ...answer(step) }),
      current: () => new Map(),
      reset: async () => {},
      close: async () => {},
      ...app,
    }),
  }
}

function scenario(given: Partial<Scenario> = {}): Scenario {
  return {
    id: 's',
    t0: 100,
    limiter: {},
    routes: [],
    steps: [{ at: 0.25, path: '/a', expect: { status: 200, body: 'a' } }],
    ...given,
  }
}

const play = (given: Partial<Scenario>, adapter: ConformanceAdapter) =>
  playScenario(scenario(given), adapter, caseStorages(undefined))

describe('a scenario', () => {
  it('passes where every step is answered as recorded', async () => {
    expect(
      hasPassed(
        await play(
          {},
          fakeAdapter(() => ({})),
        ),
      ),
    ).toBe(true)
  })

  it('fails where a step is not, and says which', async () => {
    const result = await play(
      {},
      fakeAdapter(() => ({ status: 429 })),
    )
    expect(hasPassed(result)).toBe(false)
    expect(result.outcomes.flatMap(failuresOf)).toEqual([{ path: 'status', expected: 200, got: 429 }])
    expect(result.outcomes[0]?.label).toBe('step 0 GET /a at 0.25')
  })

  it('passes with the same answer if the step has a tag that is ruled better, and not if the tag is unknown', async () => {
    const refusing = fakeAdapter(() => ({ status: 429 }))
    expect(hasPassed(await play({ quirks: ['cost-zero'] }, refusing))).toBe(true)
    expect(hasPassed(await play({ quirks: ['no-such-tag'] }, refusing))).toBe(false)
  })

  it('fails where a request is not answered', async () => {
    const silent = fakeAdapter(() => {
      throw new Error('no answer')
    })
    expect((await play({}, silent)).outcomes[0]?.differences[0]?.got).toBe('Error: no answer')
  })

  it('is played at its instants, and reset where it says so', async () => {
    const seen: (number | string)[] = []
    const adapter: ConformanceAdapter = {
      name: 'fake',
      wrongMethodStatus: 405,
      build: (given, stage) => {
        seen.push(stage.clock.now())
        const note = (): Partial<PlayedResponse> => (seen.push(stage.clock.now()), {})
        return fakeAdapter(note, { reset: async () => void seen.push('reset') }).build(given, stage)
      },
    }
    const request = { path: '/a', expect: { status: 200 } }
    await play(
      {
        steps: [
          { at: 0.25, ...request },
          { at: 1, action: 'reset' },
          { at: 59.999, ...request },
        ],
      },
      adapter,
    )
    expect(seen).toEqual([100_000, 100_250, 'reset', 159_999])
  })

  describe('whose construction fails', () => {
    const failing = (error: Error): ConformanceAdapter => ({
      ...fakeAdapter(() => ({})),
      build: () => Promise.reject(error),
    })
    const unknownStrategy = new ConfigurationError('no such strategy', { code: 'ERR_UNKNOWN_STRATEGY' })

    it('fails, but where its tags allow it', async () => {
      const error = new ConfigurationError('bad')
      expect(hasPassed(await play({}, failing(error)))).toBe(false)
      expect(hasPassed(await play({ quirks: ['malformed-limit-fails-late'] }, failing(error)))).toBe(true)
    })

    it('passes where that is recorded, in the same category', async () => {
      const recorded = { init: { error: 'unknown-strategy' }, steps: [] }
      expect(hasPassed(await play(recorded, failing(unknownStrategy)))).toBe(true)
      expect(hasPassed(await play(recorded, failing(new ConfigurationError('bad'))))).toBe(false)
      expect(
        hasPassed(
          await play(
            recorded,
            fakeAdapter(() => ({})),
          ),
        ),
      ).toBe(false)
    })

    it('names a strategy that is not built', async () => {
      const result = await play({ limiter: { strategy: 'moving-window' } }, failing(unknownStrategy))
      expect(result.notBuilt).toBe('strategy moving-window')
      expect(hasPassed(result)).toBe(false)
    })
  })
})

function sequence(given: Partial<Sequence> = {}): Sequence {
  return {
    id: 'q',
    strategy: 'fixed-window',
    storage: 'memory',
    t0: 1_700_000_000,
    limit: '2/minute',
    parsed: { amount: 2, multiples: 1, granularity: 'minute', expirySeconds: 60 },
    ops: [
      { at: 0, op: 'hit', cost: 2, result: true, remaining: 0, resetAt: 60 },
      { at: 1, op: 'test', cost: 1, result: false, remaining: 0, resetAt: 60 },
      { at: 2, op: 'stats', remaining: 0, resetAt: 60 },
      { at: 3, op: 'clear', remaining: 2, resetAt: 3 },
      { at: 3, op: 'hit', cost: 1, ids: ['other'], result: true, remaining: 1, resetAt: 63 },
    ],
    ...given,
  }
}

/** The sequence with something else expected of its operation at `index`. */
function flipped(index: number, change: object, given: Partial<Sequence> = {}): Sequence {
  const original = sequence(given)
  return {
    ...original,
    ops: original.ops.map((operation, at) => (at === index ? { ...operation, ...change } : operation)),
  }
}

describe('a sequence', () => {
  const played = async (given: Sequence) =>
    (await playSequence(given, caseStorages(undefined))).outcomes.flatMap(failuresOf)

  it('passes where every operation answers as recorded', async () => {
    expect(await played(sequence())).toEqual([])
  })

  it.each<[string, number, object]>([
    ['result', 0, { result: false }],
    ['remaining', 2, { remaining: 1 }],
    ['resetAt', 2, { resetAt: 60.001 }],
    ['remaining', 3, { remaining: 0 }],
  ])('fails where another %s is recorded', async (path, index, change) => {
    expect((await played(flipped(index, change))).map((each) => each.path)).toEqual([path])
  })

  it('may be off by 2 ms, or its tolerance, where it was recorded on Redis', async () => {
    expect(await played(flipped(2, { resetAt: 60.002 }, { storage: 'redis' }))).toEqual([])
    expect(await played(flipped(2, { resetAt: 60.003 }, { storage: 'redis' }))).toHaveLength(1)
    expect(await played(flipped(2, { resetAt: 60.5 }, { storage: 'redis', resetTolerance: 0.5 }))).toEqual([])
  })

  it('fails on a limit that reads otherwise', async () => {
    const parsed = { amount: 3, multiples: 1, granularity: 'minute', expirySeconds: 60 }
    expect((await played(sequence({ parsed }))).map(({ path }) => path)).toEqual(['parsed'])
  })

  it('names a strategy that is not built', async () => {
    expect((await playSequence(sequence({ strategy: 'leaky' }), caseStorages(undefined))).notBuilt).toBe(
      'strategy leaky',
    )
  })
})

describe('a limit string', () => {
  const item = { amount: 2, multiples: 1, granularity: 'second', expirySeconds: 1, repr: '2 per 1 second' }
  it.each<[boolean, ParseCase]>([
    [true, { input: '2/second', items: [item] }],
    [false, { input: '3/second', items: [item] }],
    [false, { input: '2/second', items: [item, item] }],
    [false, { input: '2/second', items: [{ ...item, repr: '2 per second' }] }],
    [false, { input: 'two/second', items: [item] }],
    [true, { input: 'two/second', error: 'syntax' }],
    [true, { input: '2/fortnight', error: 'granularity' }],
    [false, { input: '2/fortnight', error: 'syntax' }],
    [false, { input: '2/second', error: 'syntax' }],
  ])('passes: %s for %j', (passes, parseCase) => {
    expect(hasPassed(playParseCase(parseCase))).toBe(passes)
  })
})

describe('keys', () => {
  const keyCase = (key: string, ...identifiers: string[]): KeyCase => ({ limit: '5/minute', identifiers, key })
  const passed = (...cases: KeyCase[]) => playKeys(cases).map(hasPassed)

  it('pass where ours are equal exactly where the recorded ones are', () => {
    expect(passed(keyCase('A', 'u', 'r'), keyCase('B', 'u', 's'), keyCase('A', 'u', 'r'))).toEqual([true, true, true])
  })

  it('fail where the recorded ones differ and ours do not', () => {
    expect(passed(keyCase('A', 'u', 'r'), keyCase('B', 'u', 'r'))).toEqual([true, false])
  })

  it('may differ where the recorded ones collide', () => {
    const [first, second] = playKeys([keyCase('A/B/C', 'A/B', 'C'), keyCase('A/B/C', 'A', 'B/C')])
    expect([first, second].map((each) => each?.outcomes[0]?.tags)).toEqual([
      ['key-delimiter-collision'],
      ['key-delimiter-collision'],
    ])
    expect(passed(keyCase('A/B/C', 'A/B', 'C'), keyCase('A/B/C', 'A', 'B/C'))).toEqual([true, true])
  })
})
