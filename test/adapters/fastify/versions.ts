import { createRequire } from 'node:module'
import type { fastify } from 'fastify'

const require = createRequire(import.meta.url)

/** A Fastify that we claim to work with. */
export interface Version {
  readonly name: string
  readonly fastify: typeof fastify
}

export const VERSIONS: readonly Version[] = ['fastify4', 'fastify50', 'fastify'].map((name) => ({
  name: `Fastify ${(require(`${name}/package.json`) as { version: string }).version}`,
  fastify: require(name) as typeof fastify,
}))

/** The current Fastify. */
export const CURRENT: Version = VERSIONS.at(-1)!
