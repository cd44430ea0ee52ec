import { describe, test } from 'vitest'
import { adapterContract } from '../../../src/testing/index.ts'
import { httpHarness } from './harness.ts'

describe('node:http keeps the contract', () => {
  for (const { name, skipped, run } of adapterContract(httpHarness)) test.skipIf(skipped)(name, run)
})
