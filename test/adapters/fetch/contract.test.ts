import { describe } from 'vitest'
import { contractTests } from '../contract-tests.ts'
import { fetchHarness } from './harness.ts'

describe('fetch handlers keep the contract', () => {
  contractTests(fetchHarness)
})
