import { createRequire } from 'node:module'
import type express from 'express'

const require = createRequire(import.meta.url)

/** An Express that we claim to work with: the lowest and the current one of each major version. */
export interface Version {
  readonly name: string
  readonly express: typeof express
}

export const VERSIONS: readonly Version[] = ['express417', 'express4', 'express50', 'express'].map((name) => ({
  name: `Express ${(require(`${name}/package.json`) as { version: string }).version}`,
  express: require(name) as typeof express,
}))

/** Express 4, of which some paths are written otherwise. */
export const isExpress4 = ({ name }: Version): boolean => name.startsWith('Express 4')
