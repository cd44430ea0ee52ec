import { describe, test } from 'vitest'
import { adapterContract } from '../../../src/testing/index.ts'
import { fastifyHarness } from './harness.ts'
import { CURRENT, VERSIONS } from './versions.ts'

describe.each(VERSIONS)('$name keeps the contract, with limits as hooks', (version) => {
  for (const { name, skipped, run } of adapterContract(fastifyHarness(version, 'onRequest')))
    test.skipIf(skipped)(name, run)
})

describe.each(['preHandler', 'config'] as const)('Fastify keeps the contract, with limits as %s', (form) => {
  for (const { name, skipped, run } of adapterContract(fastifyHarness(CURRENT, form))) test.skipIf(skipped)(name, run)
})
