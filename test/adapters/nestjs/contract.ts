import { describe } from 'vitest'
import { contractTests } from '../contract-tests.ts'
import { nestHarness } from './harness.ts'
import { type Nest, PLATFORMS } from './versions.ts'

/** Plays the contract on everything that a Nest runs on. */
export function describeContract(nest: Nest): void {
  describe.each(PLATFORMS)(`Nest ${nest.version} keeps the contract on %s`, (platform) => {
    contractTests(nestHarness(nest, platform))
  })
}
