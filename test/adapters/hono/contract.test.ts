import { beforeEach, describe } from 'vitest'
import { contractTests } from '../contract-tests.ts'
import { honoHarness } from './harness.ts'
import { silenceConsole } from './playground.ts'
import { VERSIONS } from './versions.ts'

describe.each(VERSIONS)('$name keeps the contract', (version) => {
  beforeEach(silenceConsole)

  describe('where Hono answers errors', () => {
    contractTests(honoHarness(version, false))
  })

  describe('where the app answers errors', () => {
    contractTests(honoHarness(version, true))
  })
})
