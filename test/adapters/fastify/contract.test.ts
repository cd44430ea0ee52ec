import { describe } from 'vitest'
import { contractTests } from '../contract-tests.ts'
import { fastifyHarness } from './harness.ts'
import { CURRENT, VERSIONS } from './versions.ts'

describe.each(VERSIONS)('$name keeps the contract, with limits as hooks', (version) => {
  contractTests(fastifyHarness(version, 'onRequest'))
})

describe.each(['preHandler', 'config'] as const)('Fastify keeps the contract, with limits as %s', (form) => {
  contractTests(fastifyHarness(CURRENT, form))
})
