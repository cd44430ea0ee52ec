import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { manifest, ROOT } from '../repository.ts'

const CONFIGURATION = [
  '.oxfmtrc.json',
  '.oxlintrc.json',
  'knip.json',
  'tsconfig.build.json',
  'tsconfig.json',
  'tsconfig.scripts.json',
]

const SOUND = {
  'package.json': `${JSON.stringify(
    {
      name: 'sluice',
      version: '0.0.0',
      license: 'MIT',
      type: 'module',
      engines: { node: '>=20' },
      files: ['dist'],
      sideEffects: false,
      exports: { '.': manifest().exports['.'] },
      scripts: { build: 'tsc -p tsconfig.build.json' },
      devDependencies: { typescript: '*' },
    },
    null,
    2,
  )}\n`,
  'src/index.ts': `export const answer: number = 42\n`,
  'scripts/hello.mjs': `process.stdout.write('hello')\n`,
  'dist/index.js': `export const answer = 42\n`,
  'dist/index.d.ts': `export declare const answer: number\n`,
}

/** A small package with this one's configuration. */
const folder = mkdtempSync(join(tmpdir(), 'sluice-gates-'))
afterAll(() => rmSync(folder, { recursive: true }))

for (const name of CONFIGURATION) cpSync(join(ROOT, name), join(folder, name))
symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
restore({})

function restore(changes: Record<string, string>): void {
  for (const name of ['src', 'scripts', 'dist']) rmSync(join(folder, name), { recursive: true, force: true })
  for (const [path, text] of Object.entries({ ...SOUND, ...changes })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}

function node(script: string, ...options: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts', script), ...options], {
    cwd: folder,
    encoding: 'utf8',
  })
  return { status, output: stdout + stderr }
}

test('a sound package passes every gate', () => {
  restore({})
  expect(node('api-report.mjs', '--update')).toMatchObject({ status: 0 })
  const { status, output } = node('check.mjs', 'build', 'format', 'lint', 'types', 'unused', 'package', 'api')
  expect(output).toMatch(/\n7 passed, 0 failed\n$/)
  expect(status).toBe(0)
})

test.each<[string, string, Record<string, string>, string]>([
  ['code that does not compile', 'build', { 'src/index.ts': `export const answer: number = ''\n` }, 'TS2322'],
  ['an export without its type', 'build', { 'src/index.ts': `export const answer = Math.random()\n` }, 'TS9010'],
  ['another style of code', 'format', { 'src/index.ts': `export const answer: string = "42";\n` }, 'src/index.ts'],
  [
    'a promise that nobody waits for',
    'lint',
    { 'src/index.ts': `export async function answer(): Promise<void> {\n  answer()\n}\n` },
    'no-floating-promises',
  ],
  [
    'modules that import each other',
    'lint',
    { 'src/index.ts': `export * from './other.ts'\n`, 'src/other.ts': `export * from './index.ts'\n` },
    'no-cycle',
  ],
  ['any', 'lint', { 'src/index.ts': `export const answer: any = 42\n` }, 'no-explicit-any'],
  [
    'a loose comparison',
    'lint',
    { 'src/index.ts': `export const answer = (a: unknown): boolean => a == 1\n` },
    'eqeqeq',
  ],
  ['types that do not fit', 'types', { 'src/index.ts': `export const answer: number = ''\n` }, 'TS2322'],
  ['types that do not fit in a script', 'types', { 'scripts/hello.mjs': `Math.max('')\n` }, 'TS2345'],
  ['a file that nothing uses', 'unused', { 'src/lonely.ts': `export {}\n` }, 'src/lonely.ts'],
  [
    'an export that nothing uses',
    'unused',
    {
      'src/index.ts': `import { answer } from './other.ts'\n\nanswer()\n`,
      'src/other.ts': `export const answer = (): void => {}\nexport const question = ''\n`,
    },
    'question',
  ],
  ['a package that nobody lists', 'unused', { 'src/index.ts': `import 'unlisted'\n` }, 'unlisted'],
  [
    'an export that leads nowhere',
    'package',
    { 'package.json': SOUND['package.json'].replace('dist/index.js', 'dist/gone.js') },
    'gone.js',
  ],
  [
    'types that consumers cannot resolve',
    'package',
    { 'dist/index.d.ts': `export * from './other'\n`, 'dist/other.d.ts': `export {}\n` },
    'Internal resolution error',
  ],
  [
    'a public surface that has changed',
    'api',
    { 'dist/index.d.ts': `export declare const answer: string\n` },
    'api/sluice.api.md',
  ],
])('%s fails the gate `%s`', (_, gate, changes, expected) => {
  restore(changes)
  const { status, output } = node('check.mjs', gate)
  expect(output).toContain(expected)
  expect(output).toMatch(/\n0 passed, 1 failed\n$/)
  expect(status).toBe(1)
})

test('a gate that does not exist is an error', () => {
  expect(node('check.mjs', 'formatting')).toMatchObject({ status: 2, output: expect.stringContaining('formatting') })
})
