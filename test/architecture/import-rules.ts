import { posix } from 'node:path'
import type { Manifest } from '../repository.ts'
import type { Import, SourceFacts } from './scan.ts'

/** Facts by path below `src/`. */
export type Sources = ReadonlyMap<string, SourceFacts>

/** A module may import from its own layer and from those before it. */
const LAYERS = [
  'errors clock hash nearest own-text show without-undefined',
  'limit',
  'strategy',
  'storage',
  'limiter',
  'http',
  'adapters',
  'cli',
]

/** Doors to the package: they see everything up to `http`, and nothing inside imports them. */
const DOORS = ['index', 'testing']

/** Which folder speaks to which packages. */
const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  'adapters/express': ['express'],
  'adapters/fastify': ['fastify'],
  'adapters/hono': ['hono'],
  'adapters/koa': ['koa'],
  'adapters/nestjs': ['@nestjs/common', '@nestjs/core', '@nestjs/microservices', '@nestjs/websockets'],
  'storage/redis': ['@valkey/valkey-glide', 'ioredis', 'iovalkey', 'redis'],
}

/** Adapters that run where there are no `node:` modules. */
const WITHOUT_NODE = ['adapters/fetch/', 'adapters/hono/']

const layerOf = (path: string): string => (path.split('/')[0] ?? '').replace(/\.ts$/, '')

function rankOf(path: string): number {
  const layer = layerOf(path)
  if (DOORS.includes(layer)) return LAYERS.indexOf('http')
  return LAYERS.findIndex((names) => names.split(' ').includes(layer))
}

/** `storage/redis` of `storage/redis/script.ts`; undefined of what belongs to no single storage or adapter. */
function memberOf(path: string): string | undefined {
  return /^(?:storage|adapters)\/[^/]+(?=\/)/.exec(path)?.[0]
}

function* importsOf(sources: Sources): Generator<Import & { from: string; to: string | undefined; at: string }> {
  for (const [from, { imports }] of sources) {
    for (const found of imports) {
      const relative = found.specifier?.startsWith('.') === true
      const to = relative ? posix.join(posix.dirname(from), found.specifier) : undefined
      yield { ...found, from, to, at: `${from}:${found.line}` }
    }
  }
}

/** Imports go one way. */
export function directionProblems(sources: Sources): string[] {
  const problems = [...sources.keys()].filter((path) => rankOf(path) < 0).map((path) => `${path}: belongs to no layer`)
  for (const { from, to, at } of importsOf(sources)) {
    if (to === undefined) continue
    if (!sources.has(to)) problems.push(`${at}: ${to} is no file of src/`)
    else if (DOORS.includes(layerOf(to)) && layerOf(from) !== layerOf(to)) problems.push(`${at}: nothing imports ${to}`)
    else if (rankOf(to) > rankOf(from)) problems.push(`${at}: ${layerOf(from)} comes before ${layerOf(to)}`)
  }
  return problems
}

/** No storage and no adapter imports another. */
export function siblingProblems(sources: Sources): string[] {
  const problems: string[] = []
  for (const { from, to, at } of importsOf(sources)) {
    const [own, other] = [memberOf(from), to && memberOf(to)]
    if (own && other && own !== other && layerOf(own) === layerOf(other))
      problems.push(`${at}: ${own} imports ${other}`)
  }
  return problems
}

const isPackage = (specifier: string): boolean => !/^(\.|node:)/.test(specifier)

/** `hono` of `hono/types`. */
const packageOf = (specifier: string): string => /^(?:@[^/]+\/)?[^/]*/.exec(specifier)![0]

/** Only `storage/x` and `adapters/x` name library x, and only so that it need not be installed. */
export function libraryProblems(sources: Sources): string[] {
  const problems: string[] = []
  for (const { from, specifier, kind, at } of importsOf(sources)) {
    if (specifier === undefined) {
      if (layerOf(from) !== 'cli') problems.push(`${at}: import() of a computed name`)
    } else if (isPackage(specifier)) {
      const allowed = LIBRARIES[memberOf(from) ?? ''] ?? []
      if (!allowed.includes(packageOf(specifier))) problems.push(`${at}: ${specifier} is named here`)
      else if (kind === 'static') problems.push(`${at}: ${specifier} is neither imported as a type nor lazily`)
    }
  }
  return problems
}

/** The packages that the sources name are exactly the peer dependencies, all optional; nothing else is depended on. */
export function peerProblems(sources: Sources, manifest: Manifest): string[] {
  const { dependencies = {}, peerDependencies, peerDependenciesMeta } = manifest
  const named = new Set(
    Array.from(importsOf(sources), ({ specifier = '.' }) => specifier)
      .filter(isPackage)
      .map(packageOf),
  )
  const peers = new Set(Object.keys(peerDependencies))
  return [
    ...Object.keys(dependencies).map((name) => `${name}: a dependency at run time`),
    ...[...named].filter((name) => !peers.has(name)).map((name) => `${name}: no peer dependency`),
    ...[...peers].filter((name) => !named.has(name)).map((name) => `${name}: a peer dependency that nothing names`),
    ...[...peers]
      .filter((name) => peerDependenciesMeta[name]?.optional !== true)
      .map((name) => `${name}: not optional`),
  ]
}

/** Only `clock.ts` reads the time. */
export function clockProblems(sources: Sources): string[] {
  return [...sources]
    .filter(([path]) => path !== 'clock.ts')
    .flatMap(([path, { timeReads }]) => timeReads.map(({ text, line }) => `${path}:${line}: ${text} outside clock.ts`))
}

/** What the adapters of runtimes without `node:` modules load, directly or not, imports none. */
export function nodeProblems(sources: Sources): string[] {
  const loaded = new Set([...sources.keys()].filter((path) => WITHOUT_NODE.some((folder) => path.startsWith(folder))))
  const statics = [...importsOf(sources)].filter(({ kind }) => kind === 'static')
  for (const path of loaded) {
    for (const { from, to } of statics) if (from === path && to !== undefined) loaded.add(to)
  }
  return statics
    .filter(({ from, specifier }) => loaded.has(from) && specifier?.startsWith('node:') === true)
    .map(({ at, specifier }) => `${at}: ${specifier} is loaded by an adapter that has to run without it`)
}
