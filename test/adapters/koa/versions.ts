import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type RouterClass from '@koa/router'
import type KoaClass from 'koa'
import { ROOT } from '../../repository.ts'

const require = createRequire(import.meta.url)

/** A Koa and a router that we claim to work with. */
export interface Version {
  readonly name: string
  readonly Koa: typeof KoaClass
  readonly Router: typeof RouterClass
  /** The package that the router is from. */
  readonly routerPackage: string
}

export const VERSIONS: readonly Version[] = [
  version('koa2', 'koa-router13'),
  version('koa', 'koa-router14'),
  version('koa', '@koa/router'),
]

function version(koa: string, routerPackage: string): Version {
  return {
    name: `Koa ${numberOf(koa)} with router ${numberOf(routerPackage)}`,
    Koa: require(koa) as typeof KoaClass,
    Router: routerOf(routerPackage),
    routerPackage,
  }
}

/** The same class, loaded once more, so that it is another one. */
export function freshRouter({ routerPackage }: Version): typeof RouterClass {
  const dir = `${ROOT}node_modules/${routerPackage}/`
  for (const path of Object.keys(require.cache)) if (path.startsWith(dir)) delete require.cache[path]
  return routerOf(routerPackage)
}

function routerOf(name: string): typeof RouterClass {
  const loaded = require(name) as { default: typeof RouterClass } | typeof RouterClass
  return 'default' in loaded ? loaded.default : loaded
}

function numberOf(name: string): string {
  const manifest = readFileSync(`${ROOT}node_modules/${name}/package.json`, 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
