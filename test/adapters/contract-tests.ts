import { test } from 'vitest'
import { adapterContract, type AdapterHarness } from '../../src/testing/index.ts'

/** Holds an adapter to the contract, a test for each case; what its framework is let off is skipped with the reason. */
export function contractTests(harness: AdapterHarness): void {
  for (const { name, skipped, run } of adapterContract(harness)) {
    test(name, async ({ skip }) => {
      skip(skipped !== undefined, skipped)
      await run()
    })
  }
}
