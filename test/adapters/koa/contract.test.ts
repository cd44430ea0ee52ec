import { describe } from 'vitest'
import { contractTests } from '../contract-tests.ts'
import { koaHarness } from './harness.ts'
import { VERSIONS } from './versions.ts'

describe.each(VERSIONS)('$name keeps the contract', (version) => {
  contractTests(koaHarness(version))
})
