import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder that holds `package.json`. */
export const ROOT: string = fileURLToPath(new URL('..', import.meta.url))

const GENERATED = new Set(['.cache', '.git', 'coverage', 'dist', 'node_modules'])

/** Paths below `folder`, relative to it, with forward slashes, sorted; without what tools generate. */
export function filesIn(folder: string): string[] {
  return walk(folder, '').toSorted()
}

function walk(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name)
    if (!entry.isDirectory()) return [path]
    return GENERATED.has(entry.name) ? [] : walk(root, path)
  })
}

/** What the files below `folder` hold, by path. */
export function readFiles(folder: string, wanted: (path: string) => boolean): Map<string, string> {
  return new Map(
    filesIn(folder)
      .filter(wanted)
      .map((path) => [path, readFileSync(join(folder, path), 'utf8')]),
  )
}

/** The part of `package.json` that tests look at. */
export interface Manifest {
  readonly version: string
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>
}

/** This package's `package.json`. */
export function manifest(): Manifest {
  return JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest
}
