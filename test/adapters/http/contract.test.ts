import { describe } from 'vitest'
import { contractTests } from '../contract-tests.ts'
import { httpHarness } from './harness.ts'

describe('node:http keeps the contract', () => {
  contractTests(httpHarness)
})
