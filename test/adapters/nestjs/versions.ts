import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { INestApplication } from '@nestjs/common'
import type * as common from '@nestjs/common'
import type * as core from '@nestjs/core'
import type { ExpressAdapter } from '@nestjs/platform-express'
import type { FastifyAdapter } from '@nestjs/platform-fastify'

/** A Nest that we claim to work with. */
export interface Nest {
  readonly version: string
  readonly common: typeof common
  readonly core: typeof core
  readonly ExpressAdapter: typeof ExpressAdapter
  readonly FastifyAdapter: typeof FastifyAdapter
}

/** What Nest runs on. */
export type Platform = 'Express' | 'Fastify'

export const PLATFORMS: readonly Platform[] = ['Express', 'Fastify']

/** Nests beside that of this package, each in a folder of its own: all its packages have to be of one version. */
export type OtherNest = 'nest10' | 'nest11' | 'graphql'

/** Loads the Nest of this package, or one that was installed. */
export function loadNest(name: 'current' | OtherNest): Nest {
  const folder = name === 'current' ? import.meta.dirname : folderOf(name)
  const require = createRequire(join(folder, 'index.js'))
  return {
    version: (require('@nestjs/core/package.json') as { version: string }).version,
    common: require('@nestjs/common') as typeof common,
    core: require('@nestjs/core') as typeof core,
    ...(require('@nestjs/platform-express') as { ExpressAdapter: typeof ExpressAdapter }),
    ...(require('@nestjs/platform-fastify') as { FastifyAdapter: typeof FastifyAdapter }),
  }
}

/** Makes an app of a module, silent and not listening. */
export async function createApp(nest: Nest, platform: Platform, module: new () => object): Promise<INestApplication> {
  const adapter = platform === 'Express' ? new nest.ExpressAdapter() : new nest.FastifyAdapter()
  return nest.core.NestFactory.create(module, adapter, { logger: false, abortOnError: false })
}

/** Installs another Nest where it is missing. */
export async function installNest(name: OtherNest): Promise<void> {
  const cwd = folderOf(name)
  if (existsSync(join(cwd, 'node_modules/.package-lock.json'))) return
  // `npm run` tells its children about this package in variables that would lead npm back here.
  const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^npm_/i.test(key)))
  await promisify(execFile)('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd, env })
}

function folderOf(name: OtherNest): string {
  return join(import.meta.dirname, 'versions', name)
}
