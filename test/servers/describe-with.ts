import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe } from 'vitest'
import { givenUri, type ServerKind } from './given-uri.ts'
import type { ServerProgram } from './redis-server.ts'
import { shareServer, type SharedServer } from './shared-servers.ts'

declare module 'vitest' {
  interface TaskMeta {
    /** Why a suite cannot run here, for `scripts/vitest-counts.mjs`. */
    whySkipped?: string
  }
}

const PROGRAMS: Readonly<Record<ServerKind, readonly ServerProgram[]>> = {
  'redis-server': ['redis-server'],
  'valkey-server': ['valkey-server'],
  cluster: ['redis-server'],
  'redis-sentinel': ['redis-server', 'redis-sentinel'],
}

/**
 * Describes tests that do their server no harm: the one that the environment names, or one of their own that runs as long as
 * they do. Where there is none, they are skipped, with the reason in the summary.
 */
export function describeWith(kind: ServerKind, name: string, body: (server: () => SharedServer) => void): void {
  describeUnless(givenUri(kind) === undefined ? whyWithout(kind) : undefined, name, () => {
    let server: SharedServer
    beforeAll(async () => {
      server = await shareServer(kind)
    })
    afterAll(() => server.stop())
    body(() => server)
  })
}

/** Describes tests that start such servers themselves, to break them or to set them up in a special way. */
export function describeWithOwn(kind: ServerKind, name: string, body: () => void): void {
  describeUnless(whyWithout(kind), name, body)
}

/** Why tests cannot start such a server here; undefined: they can. */
export function whyWithout(kind: ServerKind): string | undefined {
  const missing = PROGRAMS[kind].filter((program) => spawnSync(program, ['--version']).error !== undefined)
  const required = process.env['REQUIRE_BACKENDS']?.split(',') ?? []
  for (const program of missing) {
    if (required.includes(program)) throw new Error(`REQUIRE_BACKENDS names ${program}, which is not installed`)
  }
  return missing.length > 0 ? `there is no ${missing.join(' and no ')} here` : undefined
}

function describeUnless(whySkipped: string | undefined, name: string, body: () => void): void {
  if (whySkipped === undefined) describe(name, body)
  else describe.skip(name, { meta: { whySkipped } }, body)
}
