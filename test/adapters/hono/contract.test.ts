import { describe, test } from 'vitest'
import { adapterContract } from '../../../src/testing/index.ts'
import { honoHarness } from './harness.ts'
import { silenceConsole } from './playground.ts'
import { VERSIONS } from './versions.ts'

const HARNESSES = VERSIONS.flatMap((version) => [
  { name: `${version.name} keeps the contract`, harness: honoHarness(version, false) },
  { name: `${version.name} with an error handler keeps the contract`, harness: honoHarness(version, true) },
])

describe.each(HARNESSES)('$name', ({ harness }) => {
  for (const { name, skipped, run } of adapterContract(harness)) {
    test.skipIf(skipped)(skipped ? `${name} (${skipped})` : name, async () => {
      silenceConsole()
      await run()
    })
  }
})
