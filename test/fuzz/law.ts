import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LimiterError } from '../../src/errors.ts'

/** How many inputs each law is tried on: as `npm run fuzz` says, or so few that every run of the tests has the time. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 300)
/** The same inputs each time, unless the run is a long one. */
const SEED = Number(process.env['FUZZ_SEED'] ?? (process.env['FUZZ_RUNS'] === undefined ? 1 : Date.now() % 2 ** 31))
/** After so many, the test runner gets a turn. */
const CHUNK = 500

/** For tests of long texts, in ms: what takes a second on an idle machine, and days where its time grows with the square. */
export const LONG = 60_000

interface LawOptions<Input> {
  /** Inputs that broke the law once. They come first, in every run. */
  readonly regressions?: readonly Input[]
  /** How many times fewer inputs, for a law that takes long on each. */
  readonly slowness?: number
}

/** A law that holds for every input. What it fails on is printed with a seed; `FUZZ_SEED=… npm run fuzz` comes to it again. */
export function law<Input>(
  title: string,
  inputs: fc.Arbitrary<Input>,
  holds: (input: Input) => void | Promise<void>,
  { regressions = [], slowness = 1 }: LawOptions<NoInfer<Input>> = {},
): void {
  const runs = Math.ceil(RUNS / slowness)
  test(
    title,
    async () => {
      const property = fc.asyncProperty(inputs, async (input) => holds(input))
      for (let done = 0; done < runs; done += CHUNK) {
        const options = { seed: SEED + done, numRuns: Math.min(CHUNK, runs - done) }
        await fc.assert(property, done === 0 ? { ...options, examples: regressions.map((input) => [input]) } : options)
        await setImmediate()
      }
    },
    10_000 + RUNS * 100,
  )
}

/** What a function answers, or undefined where it throws; what it throws has to be an error of ours with a message for people. */
export function answerOrError<T>(ask: () => T): T | undefined {
  try {
    return ask()
  } catch (error) {
    expectNamedError(error)
    return undefined
  }
}

/** An error of ours, whose message is short however long its cause. */
export function expectNamedError(error: unknown): asserts error is LimiterError {
  if (!(error instanceof LimiterError)) throw new Error('not an error of ours', { cause: error })
  expect(error.message.length).toBeGreaterThan(10)
  expect(error.message.length).toBeLessThan(2000)
}
