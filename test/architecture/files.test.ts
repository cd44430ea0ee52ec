import { expect, test } from 'vitest'
import { readFiles, ROOT } from '../repository.ts'

const MOST_LINES = 300

function lengthProblems(files: ReadonlyMap<string, string>): string[] {
  return [...files]
    .filter(([path]) => /\.(ts|mts|cts|js|mjs|cjs)$/.test(path))
    .map(([path, text]) => [path, text.trimEnd().split('\n').length] as const)
    .filter(([, lines]) => lines > MOST_LINES)
    .map(([path, lines]) => `${path}: ${lines} lines`)
}

const UNWANTED: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a package registry', /\/\/registry\.|registry\.npmjs|yarnpkg\.com|artifactory|verdaccio/i],
  ['a path of one machine', /(?<![\w.:-])\/(work|root)\//],
  ['a tool that wrote it', /claude|anthropic|chatgpt|copilot|\bcodex\b/i],
]

function mentionProblems(files: ReadonlyMap<string, string>): string[] {
  return UNWANTED.flatMap(([what, pattern]) =>
    [...files].flatMap(([path, text]) => {
      const line = text.split('\n').findIndex((content) => pattern.test(content))
      return line < 0 ? [] : [`${path}:${line + 1}: ${what}`]
    }),
  )
}

/** This file spells out what it forbids. */
const repository = readFiles(ROOT, (path) => path !== 'test/architecture/files.test.ts')

test('no file of code is longer than 300 lines', () => {
  expect(lengthProblems(repository)).toEqual([])
})

test('a file of 301 lines is found, one of 300 is not', () => {
  const files = new Map([
    ['long.ts', 'x\n'.repeat(301)],
    ['full.mjs', 'x\n'.repeat(300)],
    ['data.json', 'x\n'.repeat(999)],
  ])
  expect(lengthProblems(files)).toEqual(['long.ts: 301 lines'])
})

test('nothing names a registry, a path of one machine, or the tool that wrote it', () => {
  expect(mentionProblems(repository)).toEqual([])
})

test.each([
  ['https://registry.example.com/x.tgz', 'a package registry'],
  ['cd /work/main', 'a path of one machine'],
  ['"/root/.cache"', 'a path of one machine'],
  ['written with Copilot', 'a tool that wrote it'],
])('%s is found', (text, what) => {
  expect(mentionProblems(new Map([['page.md', `first line\n${text}`]]))).toEqual([`page.md:2: ${what}`])
})

test('a route, a word and a method that only look like it are fine', () => {
  expect(mentionProblems(new Map([['page.md', '/framework/root, registry.find(x), network/work']]))).toEqual([])
})

test('the lockfile says which package, not where from', () => {
  expect(repository.get('package-lock.json')).toContain('"integrity"')
  expect(repository.get('package-lock.json')).not.toContain('"resolved"')
})

interface Lockfile {
  readonly packages: Readonly<Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>>
}

/** Packages for other platforms that a lockfile should name: without them, `npm ci` refuses it. */
function unlocked({ packages }: Lockfile): string[] {
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`node_modules/${name}` in packages || `${path}/node_modules/${name}` in packages),
    ),
  )
}

test('the lockfile is complete for every platform', () => {
  expect(unlocked(JSON.parse(repository.get('package-lock.json') ?? '') as Lockfile)).toEqual([])
})

test('a package for another platform that the lockfile leaves out is found', () => {
  const packages = {
    'node_modules/a': { optionalDependencies: { 'a-linux': '1', 'a-mac': '1' } },
    'node_modules/a-linux': {},
  }
  expect(unlocked({ packages })).toEqual(['a-mac'])
})
