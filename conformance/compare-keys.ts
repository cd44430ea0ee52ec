import type { KeyPair } from './compare.ts'
import type { Difference } from './outcome.ts'
import { isExcusing } from './tags.ts'

/**
 * Checks that two of our keys are equal exactly where the recorded two are. Answers the differences of each part.
 *
 * Parts that may differ are read last: what they pair says nothing about the others.
 */
export function compareKeys(
  parts: readonly { readonly keys: readonly KeyPair[]; readonly tags: readonly string[] }[],
): Difference[][] {
  const oursOf = new Map<string, string>()
  const recordedOf = new Map<string, string>()
  const differences: Difference[][] = parts.map(() => [])
  for (const mayDiffer of [false, true]) {
    for (const [index, part] of parts.entries()) {
      if (part.tags.some(isExcusing) !== mayDiffer) continue
      for (const { recorded, ours } of part.keys) {
        const knownOurs = oursOf.get(recorded)
        const knownRecorded = recordedOf.get(ours)
        if (knownOurs === undefined && knownRecorded === undefined) {
          oursOf.set(recorded, ours)
          recordedOf.set(ours, recorded)
        } else if (knownRecorded === undefined) {
          differences[index]!.push({
            path: 'key',
            expected: `one key for ${recorded}`,
            got: `${knownOurs} and ${ours}`,
          })
        } else if (knownRecorded !== recorded) {
          differences[index]!.push({
            path: 'key',
            expected: `two keys for ${knownRecorded} and ${recorded}`,
            got: ours,
          })
        }
      }
    }
  }
  return differences
}
