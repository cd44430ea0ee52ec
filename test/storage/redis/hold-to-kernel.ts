import { expect } from 'vitest'
import type { BatchResult, Storage } from '../../../src/storage/storage.ts'
import type { Quota } from '../../../src/strategy/strategy.ts'
import { referenceStorage } from '../../../src/testing/index.ts'
import { randomIntegers } from '../../../src/testing/storage-contract/random-integers.ts'
import { asFixedWindows, type RandomDecision, randomDecisions } from './random-decisions.ts'

/** How many random decisions a storage is held to the kernel for: `SCRIPT_STEPS`. */
export const STEPS: number = Number(process.env['SCRIPT_STEPS'] ?? 60_000)

const T = 1_800_000_000_000

/**
 * Lets a storage make `STEPS` random decisions, and compares each with what the kernel decides. Those of one client share a slot of a
 * cluster, and come one after the other.
 */
export async function holdToKernel(storage: Storage, seed: number, clients: number): Promise<void> {
  const random = randomIntegers(seed)
  const each = Array.from({ length: clients }, (_, i) => ({
    reference: referenceStorage(),
    decisions: randomDecisions(random, T, (name) => `sluice|random|${name}|||||${seed} ${i}`),
  }))
  for (let done = 0; done < STEPS;) {
    // A call with nothing but fixed windows takes another way through the script.
    const isPlain = random(3) === 0
    // Several at once share a call, whose decisions see what those before them have written.
    const together = Array.from({ length: 1 + random(60) }, () => {
      const { reference, decisions } = each[random(clients)]!
      const decision = decisions.next().value as RandomDecision
      return { reference, decision: isPlain ? asFixedWindows(decision) : decision }
    })
    const answers = await Promise.all(
      together.map(({ decision: { entries, options } }) => storage.evaluate(entries, options)),
    )
    for (const [i, { reference, decision }] of together.entries()) {
      const expected = await reference.evaluate(decision.entries, decision.options)
      if (!areEqual(answers[i]!, expected))
        expect({ decision, result: answers[i] }).toEqual({ decision, result: expected })
    }
    done += together.length
  }
}

function areEqual(a: BatchResult, b: BatchResult): boolean {
  if (a.allowed !== b.allowed || a.now !== b.now || a.verdicts.length !== b.verdicts.length) return false
  return a.verdicts.every((one, i) => {
    const other = b.verdicts[i]!
    return (
      one.allowed === other.allowed &&
      one.retryAt === other.retryAt &&
      areEqualQuotas(one, other) &&
      areEqualQuotas(one.ifCharged, other.ifCharged)
    )
  })
}

function areEqualQuotas(a: Quota | undefined, b: Quota | undefined): boolean {
  return a?.remaining === b?.remaining && a?.resetAt === b?.resetAt
}
