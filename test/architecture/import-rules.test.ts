import { join } from 'node:path'
import { expect, test } from 'vitest'
import { manifest, readFiles, ROOT } from '../repository.ts'
import {
  clockProblems,
  directionProblems,
  libraryProblems,
  nodeProblems,
  peerProblems,
  siblingProblems,
  type Sources,
} from './import-rules.ts'
import { scan } from './scan.ts'

const scanAll = (files: Iterable<[string, string]>): Sources =>
  new Map(Array.from(files, ([path, text]) => [path, scan(path, text)]))

const src = scanAll(readFiles(join(ROOT, 'src'), (path) => path.endsWith('.ts')))

test('there are sources to look at', () => {
  expect(src.size).toBeGreaterThan(5)
})

test.each([
  ['imports go one way', directionProblems],
  ['no storage and no adapter imports another', siblingProblems],
  ['a library is named only in its folder, and never needed to load it', libraryProblems],
  ['only clock.ts reads the time', clockProblems],
  ['adapters for other runtimes load no node: module', nodeProblems],
])('%s', (_, problems) => {
  expect(problems(src)).toEqual([])
})

test('peer dependencies are what the sources name, and there are no others', () => {
  expect(peerProblems(src, manifest())).toEqual([])
})

const EMPTY = ''

test.each<[string, (sources: Sources) => string[], Record<string, string>, string]>([
  [
    'a layer that imports a later one',
    directionProblems,
    { 'limit/a.ts': `import { b } from '../storage/b.ts'`, 'storage/b.ts': EMPTY },
    'limit/a.ts:1: limit comes before storage',
  ],
  [
    'a type that comes from a later layer',
    directionProblems,
    { 'limiter/a.ts': `import type { B } from '../http/b.ts'`, 'http/b.ts': EMPTY },
    'limiter/a.ts:1: limiter comes before http',
  ],
  [
    'a re-export from a later layer',
    directionProblems,
    { 'errors.ts': `export * from './limit/b.ts'`, 'limit/b.ts': EMPTY },
    'errors.ts:1: errors comes before limit',
  ],
  [
    'an adapter seen from the neutral door',
    directionProblems,
    { 'index.ts': `export * from './adapters/express/index.ts'`, 'adapters/express/index.ts': EMPTY },
    'index.ts:1: index comes before adapters',
  ],
  [
    'a door seen from inside',
    directionProblems,
    { 'adapters/a.ts': `\nimport '../index.ts'`, 'index.ts': EMPTY },
    'adapters/a.ts:2: nothing imports index.ts',
  ],
  ['a folder that has no layer', directionProblems, { 'utils/a.ts': EMPTY }, 'utils/a.ts: belongs to no layer'],
  [
    'an import that leaves src',
    directionProblems,
    { 'cli/a.ts': `import '../../package.json'` },
    'cli/a.ts:1: ../package.json is no file of src/',
  ],
  [
    'a storage that imports another',
    siblingProblems,
    { 'storage/redis/a.ts': `void import('../memory/b.ts')`, 'storage/memory/b.ts': EMPTY },
    'storage/redis/a.ts:1: storage/redis imports storage/memory',
  ],
  [
    'an adapter that imports another',
    siblingProblems,
    { 'adapters/koa/a.ts': `import '../express/b.ts'`, 'adapters/express/b.ts': EMPTY },
    'adapters/koa/a.ts:1: adapters/koa imports adapters/express',
  ],
  [
    'a library loaded with the module',
    libraryProblems,
    { 'adapters/express/a.ts': `import express from 'express'` },
    'adapters/express/a.ts:1: express is neither imported as a type nor lazily',
  ],
  [
    'a library named in another folder',
    libraryProblems,
    { 'adapters/koa/a.ts': `import type { Request } from 'express'` },
    'adapters/koa/a.ts:1: express is named here',
  ],
  [
    'a library named outside its kind of folder',
    libraryProblems,
    { 'limiter/a.ts': `let a: import('express').Request` },
    'limiter/a.ts:1: express is named here',
  ],
  [
    'this package seen from inside',
    libraryProblems,
    { 'http/a.ts': `import 'sluice'` },
    'http/a.ts:1: sluice is named here',
  ],
  [
    'a name that is computed',
    libraryProblems,
    { 'storage/uri.ts': `void import(name)` },
    'storage/uri.ts:1: import() of a computed name',
  ],
  [
    'a reading of the time',
    clockProblems,
    { 'clock.ts': 'Date.now()', 'limiter/a.ts': 'performance.now()' },
    'limiter/a.ts:1: performance.now outside clock.ts',
  ],
  [
    'a node: module of a fetch adapter',
    nodeProblems,
    { 'adapters/fetch/a.ts': `import { isIP } from 'node:net'` },
    'adapters/fetch/a.ts:1: node:net is loaded by an adapter that has to run without it',
  ],
  [
    'a node: module behind a fetch adapter',
    nodeProblems,
    { 'adapters/fetch/a.ts': `import '../../http/b.ts'`, 'http/b.ts': `import { isIP } from 'node:net'` },
    'http/b.ts:1: node:net is loaded by an adapter that has to run without it',
  ],
])('%s is found', (_, problems, files, expected) => {
  expect(problems(scanAll(Object.entries(files)))).toEqual([expected])
})

test.each<[string, (sources: Sources) => string[], Record<string, string>]>([
  [
    'a registry that reaches into storage folders',
    siblingProblems,
    { 'storage/uri.ts': `import './memory/b.ts'`, 'storage/memory/b.ts': EMPTY },
  ],
  [
    'an adapter that loads its framework lazily',
    libraryProblems,
    { 'adapters/express/a.ts': `import type { Request } from 'express'\nvoid import('express')` },
  ],
  ['a computed name in the command line', libraryProblems, { 'cli/a.ts': `void import(file)` }],
  ['a lazy node: module', nodeProblems, { 'adapters/hono/a.ts': `void import('node:net')` }],
])('%s is fine', (_, problems, files) => {
  expect(problems(scanAll(Object.entries(files)))).toEqual([])
})

test('a package that depends on others, or whose peers are not the ones it names, is found', () => {
  const sources = scanAll([
    ['adapters/express/a.ts', `import type { Request } from 'express'\nimport 'node:net'\nimport './b.ts'`],
  ])
  const broken = { ...manifest(), dependencies: { ms: '2' }, peerDependencies: { koa: '3' }, peerDependenciesMeta: {} }
  expect(peerProblems(sources, broken)).toEqual([
    'ms: a dependency at run time',
    'express: no peer dependency',
    'koa: a peer dependency that nothing names',
    'koa: not optional',
  ])
})
