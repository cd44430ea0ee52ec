import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RateLimit } from '../../src/limit/rate-limit.ts'
import { STRATEGY_NAMES, strategyOf } from '../../src/strategy/strategies.ts'
import type { State, Strategy, Transition } from '../../src/strategy/strategy.ts'
import { stored } from '../strategy/timeline.ts'
import { asks, limits } from './builders.ts'
import type { Ask } from './builders.ts'

const BEGIN = 1_800_000_000_000

interface Step {
  readonly now: number
  readonly cost: number
  readonly before: State | undefined
  readonly transition: Transition
  readonly state: State | undefined
}

/** All steps of a strategy at a sequence of costs, each kept if it is allowed. */
function walk(strategy: Strategy, limit: RateLimit, sequence: readonly Ask[], direction = 1): Step[] {
  let now = BEGIN
  let state: State | undefined
  return sequence.map(({ wait, cost }, i) => {
    now += i % 3 === 2 ? direction * wait : wait
    const before = state && strategy.rewind(state, limit, now)
    const transition = strategy.step(before, limit, cost, now)
    state = stored(transition) ?? state
    return { now, cost, before, transition, state }
  })
}

describe.each(STRATEGY_NAMES)('%s', (name) => {
  const strategy = strategyOf(name)
  const scene = limits(name).chain((limit) => fc.tuple(fc.constant(limit), asks(limit)))

  /** Holds for every step of every walk, also where the clock goes backwards now and then. */
  function always(title: string, law: (step: Step, limit: RateLimit) => void): void {
    test(title, () => {
      fc.assert(
        fc.property(scene, fc.constantFrom(1, -1), ([limit, sequence], direction) => {
          for (const step of walk(strategy, limit, sequence, direction)) law(step, limit)
        }),
        { numRuns: 400 },
      )
    })
  }

  always('law 1: a cost passes if and only if it fits into what remains', ({ transition, cost }, { amount }) => {
    expect(transition.allowed).toBe(cost <= transition.now.remaining)
    expect(transition.now.remaining).toBeGreaterThanOrEqual(0)
    expect(transition.now.remaining).toBeLessThanOrEqual(amount)
  })

  always(
    'law 2: what is refused passes at retryAt, and not one millisecond before',
    ({ transition, cost, now, before }, limit) => {
      const { allowed, retryAt, onRefusal } = transition
      if (allowed) return expect(retryAt).toBe(now)
      if (cost > limit.amount) return expect(retryAt).toBeUndefined()
      const left = onRefusal ?? before
      expect(strategy.step(left, limit, cost, retryAt! - 1).allowed).toBe(false)
      expect(strategy.step(left, limit, cost, retryAt!).allowed).toBe(true)
    },
  )

  always('law 3: from expiresAt on a state answers as none', ({ transition, cost }, limit) => {
    for (const at of [transition.expiresAt, transition.expiresAt + 1, transition.expiresAt + 3 * limit.windowMs]) {
      const probe = Math.min(cost, limit.amount)
      expect(strategy.step(stored(transition), limit, probe, at)).toEqual(strategy.step(undefined, limit, probe, at))
    }
  })

  always('law 4: cost 0 passes and changes nothing', ({ before, now }, limit) => {
    const free = strategy.step(before, limit, 0, now)
    expect(free).toMatchObject({ allowed: true, next: undefined, retryAt: now })
    expect(free.after).toEqual(free.now)
    expect(free.onRefusal).toBeUndefined()
  })

  always('a refusal leaves what is counted as it is', ({ transition, before, now }, limit) => {
    if (transition.allowed) return
    expect(transition.next).toBeUndefined()
    expect(transition.after.remaining).toBe(transition.now.remaining)
    const left = strategy.step(transition.onRefusal ?? before, limit, 0, now).now
    expect(left).toEqual(transition.after)
    if (name !== 'fixed-window-elastic-expiry') expect(transition.onRefusal).toBeUndefined()
  })

  always('remaining next grows at resetAt, and resetAt is now where nothing is used', ({ before, now }, limit) => {
    const quota = strategy.step(before, limit, 0, now).now
    if (quota.remaining === limit.amount) return expect(quota.resetAt).toBe(now)
    expect(quota.resetAt).toBeGreaterThan(now)
    expect(strategy.step(before, limit, 0, quota.resetAt - 1).now.remaining).toBe(quota.remaining)
    expect(strategy.step(before, limit, 0, quota.resetAt).now.remaining).toBeGreaterThan(quota.remaining)
  })

  always('after tells what the next step finds', ({ transition, now, cost }, limit) => {
    if (!transition.allowed || cost === 0) return
    expect(transition.after.remaining).toBe(transition.now.remaining - cost)
    expect(strategy.step(transition.next, limit, 0, now).now).toEqual(transition.after)
  })

  always('a state is a vector of integers', ({ state }) => {
    for (const number of state ?? []) expect(Number.isSafeInteger(number)).toBe(true)
  })

  always(
    'rewinding to a later time changes nothing, and rewinding twice is rewinding once',
    ({ state, now }, limit) => {
      if (state === undefined) return
      expect(strategy.rewind(state, limit, BEGIN + 100 * (limit.windowMs + 3))).toBe(state)
      const earlier = strategy.rewind(state, limit, now - 5)
      expect(strategy.rewind(earlier, limit, now - 5)).toBe(earlier)
    },
  )

  test('the order of costs at one instant does not matter', () => {
    fc.assert(
      fc.property(scene, fc.nat(), fc.nat(), ([limit, sequence], one, other) => {
        const { state, now } = walk(strategy, limit, sequence).at(-1) ?? { state: undefined, now: BEGIN }
        const { remaining } = strategy.step(state, limit, 0, now).now
        const first = Math.min(remaining, 1 + one)
        const second = Math.min(remaining - first, 1 + other)
        const both = (a: number, b: number): State | undefined => {
          const once = strategy.step(state, limit, a, now).next ?? state
          return strategy.step(once, limit, b, now).next ?? once
        }
        expect(both(first, second)).toEqual(both(second, first))
      }),
    )
  })

  test('no window that it promises to hold ever sees more than the amount', () => {
    fc.assert(
      fc.property(scene, ([limit, sequence]) => {
        const charges = walk(strategy, limit, sequence)
          .filter(({ transition, cost }) => transition.allowed && cost > 0)
          .map(({ now, cost }) => ({ now, cost }))
        for (const [from, { now: begin }] of charges.entries()) {
          for (let to = from; to < charges.length; to++) {
            const lasting = charges[to]!.now - begin
            const sum = charges.slice(from, to + 1).reduce((total, { cost }) => total + BigInt(cost), 0n)
            expect(sum <= bound(strategy, limit, lasting)).toBe(true)
          }
        }
      }),
      { numRuns: 200 },
    )
  })
})

/** The most that can be charged from one instant to another so many ms later, both included. */
function bound({ name }: Strategy, { amount, windowMs }: RateLimit, lasting: number): bigint {
  const [most, length, time] = [BigInt(amount), BigInt(windowMs), BigInt(lasting)]
  switch (name) {
    // However the windows lie, so long a time touches at most so many of them.
    case 'fixed-window':
      return most * (time / length + 2n)
    case 'sliding-window-counter':
      return most * (time / length + 2n)
    case 'fixed-window-elastic-expiry':
    case 'moving-window':
      return most * (time / length + 1n)
    case 'token-bucket':
      return most + (time * most) / length
  }
}

test('fixed-window never charges more than the amount from when a window opens until it ends', () => {
  const strategy = strategyOf('fixed-window')
  fc.assert(
    fc.property(
      limits('fixed-window').chain((limit) => fc.tuple(fc.constant(limit), asks(limit))),
      ([limit, sequence]) => {
        const sums = new Map<number, bigint>()
        for (const { transition, cost } of walk(strategy, limit, sequence)) {
          if (transition.next === undefined) continue
          const [, end] = transition.next
          sums.set(end!, (sums.get(end!) ?? 0n) + BigInt(cost))
        }
        for (const sum of sums.values()) expect(sum <= BigInt(limit.amount)).toBe(true)
      },
    ),
  )
})
