import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { manifest, ROOT } from '../repository.ts'

/** What the consumers use beside the tarball, taken from here. */
const LENT = ['express', '@types/express', '@types/node', '@nestjs', 'reflect-metadata', 'rxjs']

const folder = mkdtempSync(join(tmpdir(), 'sluice-consumers-'))
let packed: readonly string[] = []

beforeAll(() => {
  const [{ filename, files }] = JSON.parse(
    run('npm', ['pack', '--json', `--pack-destination=${folder}`], ROOT).stdout,
  ) as [{ filename: string; files: { path: string }[] }]
  packed = files.map(({ path }) => path)
  cpSync(join(ROOT, 'test/dist/consumers'), folder, { recursive: true })
  cpSync(join(ROOT, 'examples/nestjs'), join(folder, 'nest'), { recursive: true })
  const install = ['install', '--offline', '--no-save', '--no-package-lock', `./${filename}`]
  expect(run('npm', install, folder)).toMatchObject({ status: 0 })
  for (const name of LENT) {
    mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name))
  }
})

afterAll(() => rmSync(folder, { recursive: true }))

function run(command: string, options: readonly string[], cwd: string) {
  // Under `npm run`, npm would take its variables for settings of this install.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)))
  const { status, stdout, stderr } = spawnSync(command, options, { cwd, env, encoding: 'utf8' })
  return { status, stdout, stderr }
}

test('the tarball holds what is exported, and nothing that is not for users', () => {
  const targets = Object.values(manifest().exports).flatMap((target) => (typeof target === 'string' ? target : Object.values(target)))
  expect(packed).toEqual(expect.arrayContaining(targets.map((path) => path.replace(/^\.\//, ''))))
  expect(packed).toEqual(expect.arrayContaining(['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md']))
  expect(packed.filter((path) => !/^(dist|docs|src)\/|^[A-Z]+(\.md)?$|^package\.json$/.test(path))).toEqual([])
})

test.each(['esm', 'cjs'])('an application in JavaScript runs: %s', (consumer) => {
  expect(run(process.execPath, ['app.js'], join(folder, consumer))).toEqual({ status: 0, stdout: '', stderr: '' })
})

describe.each(['7', '5.9'])('TypeScript %s', (version) => {
  const cwd = join(folder, 'ts')
  let tsc = ''

  beforeEach(({ skip }) => {
    if (version === '7') tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
    else tsc ||= fetched(`typescript@${version}`, skip)
  })

  test('applications in ESM and CommonJS compile and run', () => {
    expect(run(process.execPath, [tsc, '-p', '.'], cwd)).toEqual({ status: 0, stdout: '', stderr: '' })
    expect(run(process.execPath, ['out/esm.mjs'], cwd)).toEqual({ status: 0, stdout: '', stderr: '' })
    expect(run(process.execPath, ['out/cjs.cjs'], cwd)).toEqual({ status: 0, stdout: '', stderr: '' })
  })

  test.each(['node20', 'node18', 'node16'])('the module %s takes ES modules into CommonJS from node20 on', (module) => {
    const { status, stdout } = run(process.execPath, [tsc, '-p', '.', '--noEmit', '--module', module], cwd)
    if (module === 'node20') expect([status, stdout]).toEqual([0, ''])
    // By `import`, and by `import = require`.
    else expect([status, stdout]).toEqual([expect.any(Number), expect.stringMatching(/TS1479|TS1471/)])
  })

  test('an application of Nest compiles, with decorators', () => {
    const compiled = run(process.execPath, [tsc, '-p', '.', '--outDir', 'out'], join(folder, 'nest'))
    expect(compiled).toEqual({ status: 0, stdout: '', stderr: '' })
  })

  test('an option that does not exist does not compile', () => {
    const { status, stdout } = run(process.execPath, [tsc, '-p', 'tsconfig.wrong.json'], cwd)
    expect(stdout).toContain("'defaultLimit' does not exist")
    expect(status).not.toBe(0)
  })
})

test('an application in CommonJS compiles and runs with the module resolution that TypeScript had before `exports`', ({ skip }) => {
  const cwd = join(folder, 'classic')
  expect(run(process.execPath, [fetched('typescript@5.9', skip), '-p', '.'], cwd)).toEqual({ status: 0, stdout: '', stderr: '' })
  expect(run(process.execPath, ['out/app.js'], cwd)).toEqual({ status: 0, stdout: '', stderr: '' })
})

function fetched(spec: string, skip: (reason: string) => never): string {
  const { status, stdout, stderr } = run(process.execPath, [join(ROOT, 'scripts/cached-package.mjs'), spec], ROOT)
  if (status !== 0) skip(/^Error: .*/m.exec(stderr)?.[0] ?? stderr)
  return join(stdout.trim(), 'node_modules/typescript/bin/tsc')
}
