import { describe, test } from 'vitest'
import { adapterContract } from '../../../src/testing/index.ts'
import { fetchHarness } from './harness.ts'

describe('fetch handlers keep the contract', () => {
  for (const { name, skipped, run } of adapterContract(fetchHarness)) {
    test.skipIf(skipped)(skipped ? `${name} (${skipped})` : name, run)
  }
})
