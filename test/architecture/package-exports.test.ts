import { join } from 'node:path'
import { expect, test } from 'vitest'
import { filesIn, manifest, type Manifest, ROOT } from '../repository.ts'

/** Where `package.json`, the folders of `src/` and the built files disagree. Paths are relative to `src/` and `dist/`. */
function exportProblems(exports: Manifest['exports'], sources: readonly string[], built: readonly string[]): string[] {
  const stems = sources.map((path) => path.replace(/\.ts$/, ''))
  const doors = stems.filter((stem) => /^(index|testing\/index|adapters\/[^/]+\/index)$/.test(stem))
  const expected = doors.map((stem) => {
    const subpath = stem.replace(/^adapters\//, '').replace(/\/?index$/, '')
    return `${subpath === '' ? '.' : `./${subpath}`} ${JSON.stringify({ types: `./dist/${stem}.d.ts`, default: `./dist/${stem}.js` })}`
  })
  const exported = Object.entries(exports)
    .filter(([subpath]) => subpath !== './package.json')
    .map(([subpath, target]) => `${subpath} ${JSON.stringify(target)}`)
  const compiled = stems.flatMap((stem) => [`${stem}.js`, `${stem}.d.ts`])
  const shipped = built.filter((path) => !path.endsWith('.map'))
  return [
    ...without(expected, exported, 'a folder that is not exported, or not so'),
    ...without(exported, expected, 'an export without its folder'),
    ...without(compiled, shipped, 'not built'),
    ...without(shipped, compiled, 'built from nothing in src/'),
  ]
}

function without(items: readonly string[], others: readonly string[], problem: string): string[] {
  return items.filter((item) => !others.includes(item)).map((item) => `${item}: ${problem}`)
}

const target = (stem: string) => ({ types: `./dist/${stem}.d.ts`, default: `./dist/${stem}.js` })

test('exports, folders and built files are the same', () => {
  const sources = filesIn(join(ROOT, 'src'))
  expect(exportProblems(manifest().exports, sources, filesIn(join(ROOT, 'dist'))), 'after npm run build').toEqual([])
})

test('a door that is exported, built and there is no problem', () => {
  const exports = { './koa': target('adapters/koa/index'), './package.json': './package.json' }
  expect(
    exportProblems(exports, ['adapters/koa/index.ts'], ['adapters/koa/index.js', 'adapters/koa/index.d.ts']),
  ).toEqual([])
})

test('an adapter without an export is found', () => {
  const built = ['adapters/koa/index.js', 'adapters/koa/index.d.ts', 'adapters/koa/index.js.map']
  expect(exportProblems({}, ['adapters/koa/index.ts'], built)).toEqual([
    expect.stringMatching(/^\.\/koa .*not exported/),
  ])
})

test('an export without a folder is found', () => {
  expect(exportProblems({ './koa': target('adapters/koa/index') }, [], [])).toEqual([
    expect.stringMatching(/^\.\/koa .*without its folder/),
  ])
})

test('an export that leads to another folder is found', () => {
  const built = ['index.js', 'index.d.ts']
  expect(exportProblems({ '.': target('main') }, ['index.ts'], built)).toHaveLength(2)
})

test('a source that is not built, and a built file without a source, are found', () => {
  expect(exportProblems({}, ['clock.ts'], ['clock.js', 'gone.js'])).toEqual([
    'clock.d.ts: not built',
    'gone.js: built from nothing in src/',
  ])
})
