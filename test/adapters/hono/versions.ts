import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import type * as hono from 'hono'
import type * as exceptions from 'hono/http-exception'
import { ROOT } from '../../repository.ts'

/** A Hono that we claim to work with: the lowest and the current one. */
export interface Version {
  /** Under which it is installed. */
  readonly alias: string
  readonly name: string
  readonly Hono: typeof hono.Hono
}

async function load(alias: string): Promise<Version> {
  const manifest = readFileSync(join(ROOT, 'node_modules', alias, 'package.json'), 'utf8')
  const { version } = JSON.parse(manifest) as { version: string }
  const { Hono } = (await import(alias)) as typeof hono
  if (alias !== 'hono') {
    const { HTTPException } = (await import(`${alias}/http-exception`)) as typeof exceptions
    // An app has one Hono, and its exceptions. Here sluice throws those of the current one in all apps.
    Object.defineProperty(HTTPException, Symbol.hasInstance, { value: (error: object) => 'getResponse' in error })
  }
  return { alias, name: `Hono ${version}`, Hono }
}

export const VERSIONS: readonly Version[] = await Promise.all(['hono40', 'hono'].map(load))

interface NodeServer {
  getRequestListener(fetch: hono.Hono['fetch'], options: { readonly overrideGlobalObjects: boolean }): RequestListener
}

/** Hono's own server for Node. Its types want those of a browser. */
const nodeServer = createRequire(import.meta.url)('@hono/node-server') as NodeServer

/** Makes a listener for `node:http` of an app. */
export function listenerOf(app: Pick<hono.Hono, 'fetch'>): RequestListener {
  return nodeServer.getRequestListener(app.fetch, { overrideGlobalObjects: false })
}
