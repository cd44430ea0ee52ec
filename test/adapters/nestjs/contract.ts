import { describe, test } from 'vitest'
import { adapterContract } from '../../../src/testing/index.ts'
import { nestHarness } from './harness.ts'
import { type Nest, PLATFORMS } from './versions.ts'

/** Plays the contract on everything that a Nest runs on. */
export function describeContract(nest: Nest): void {
  describe.each(PLATFORMS)(`Nest ${nest.version} keeps the contract on %s`, (platform) => {
    for (const { name, skipped, run } of adapterContract(nestHarness(nest, platform))) test.skipIf(skipped)(name, run)
  })
}
