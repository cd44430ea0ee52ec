import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ROOT } from '../repository.ts'

/** A package with suites of its own, in a temporary folder. */
function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-run-suites-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

const PASSES = `import { test } from 'vitest'\ntest('passes', () => {})\n`

function scripts(check: string, conformance: string): string {
  return JSON.stringify({ type: 'module', scripts: { check, conformance } })
}

const GREEN = {
  'package.json': scripts(`echo '3 passed, 0 failed'`, `echo '5 passed, 0 failed, 2 skipped'`),
  'vitest.config.js': `const project = (name, folders) => ({ test: { name, include: [\`test/\${folders}/*.test.js\`] } })
    export default { test: { projects: [project('unit', '{unit,adapters}'), project('package', 'package')], coverage: { include: ['src'] } } }`,
  'test/unit/a.test.js': PASSES,
  'test/adapters/a.test.js': PASSES,
  'test/package/a.test.js': `import { test } from 'vitest'\ntest('is left out', ({ skip }) => skip('no server'))\n`,
  'test/built/a.test.mjs': `import { test } from 'node:test'\ntest('passes', () => {})\n`,
}

/** Runs the suites of a folder, with the Node at hand in the place of 22 and 24, and without 26. */
function runSuites(files: Record<string, string>): { status: number | null; stdout: string } {
  const folder = folderWith({ ...GREEN, ...files })
  const cache = join(folder, 'cache')
  for (const spec of ['node@22', 'node@24', 'node@26']) {
    mkdirSync(join(cache, 'sluice', spec, 'node_modules/.bin'), { recursive: true })
    if (spec !== 'node@26') symlinkSync(process.execPath, join(cache, 'sluice', spec, 'node_modules/.bin/node'))
  }
  const env = { ...process.env, XDG_CACHE_HOME: cache }
  for (const name of ['VITEST', 'NODE_TEST_CONTEXT']) Reflect.deleteProperty(env, name)
  return spawnSync(process.execPath, [join(ROOT, 'scripts/run-suites.mjs')], { cwd: folder, env, encoding: 'utf8' })
}

/** Describes tests that need a server, where no program is found. */
const WITHOUT_SERVER = `import { describe, test } from 'vitest'
  import { describeWith } from ${JSON.stringify(join(ROOT, 'test/servers/describe-with.ts'))}
  for (const name of ['REDIS_URL', 'REQUIRE_BACKENDS']) delete process.env[name]
  process.env.PATH = '/nowhere'
  describeWith('redis-server', 'on a server', () => {
    test('one', () => {})
    describe('behind it', () => test('two', () => {}))
  })`

test('suites that pass are summed up, and what was skipped is named with its reason', () => {
  const { status, stdout } = runSuites({
    'test/package/b.test.js': WITHOUT_SERVER,
    'test/built/b.test.mjs': `import { test } from 'node:test'\ntest('is not built', { skip: 'no Nest' }, () => {})\n`,
  })
  expect(stdout).toMatch(/\n15 passed, 0 failed, 9 skipped\n$/)
  expect(stdout).toContain('2 skipped: see above, npm run --silent conformance')
  expect(stdout).toContain('\n  1 skipped: test/package/a.test.js > is left out: no server\n')
  expect(stdout).toContain('\n  2 skipped: test/package/b.test.js > on a server: there is no redis-server here\n')
  expect(stdout).toContain('\n  1 skipped: is not built: no Nest\n')
  expect(stdout).toMatch(/on Node 26: .*\n +1 skipped: all of it\. .*ENOENT/)
  expect(status).toBe(0)
})

test('whatever fails in a suite is counted, and named with its reason below all output', () => {
  const { status, stdout } = runSuites({
    'package.json': scripts(`echo '2 passed, 1 failed'; exit 1`, `echo 'nothing to count'`),
    'test/unit/b.test.js': PASSES.replace('{}', `{ throw new Error('too late\\nby far') }`),
    'test/unit/c.test.js': `import './gone.js'`,
    'test/unit/d.test.js': `${PASSES}Promise.reject(new Error('outside of any test'))`,
    'test/built/b.test.mjs': `throw new Error('does not load')`,
  })
  expect(stdout).toContain('check: 2 passed, 1 failed')
  expect(stdout).toContain('unit: 3 passed, 3 failed')
  expect(stdout).toContain('conformance: 0 passed, 1 failed')
  expect(stdout).toContain('on Node 22: 2 passed, 1 failed')
  const summary = stdout.slice(stdout.lastIndexOf('\ncheck: '))
  expect(summary).toContain('\n  1 failed: see above, npm run --silent check\n')
  expect(summary).toContain('\n  1 failed: test/unit/b.test.js > passes: too late\n')
  expect(summary).toMatch(/\n {2}1 failed: test\/unit\/c\.test\.js: .*gone\.js/)
  expect(summary).toContain('\n  1 failed: outside of any test: outside of any test\n')
  expect(summary).toMatch(/\n {2}1 failed: see above, .*b\.test\.mjs\n/)
  expect(summary).toMatch(/\n10 passed, 8 failed, 2 skipped\n$/)
  expect(status).toBe(1)
})

test('what a failed hook keeps from running is skipped with that reason, and the hook counts as a failure', () => {
  const { status, stdout } = runSuites({
    'test/unit/b.test.js': `import { beforeAll, describe, test } from 'vitest'
      describe('on a server', () => {
        beforeAll(() => { throw new Error('no port is free') })
        test('one', () => {})
        test('two', () => {})
      })`,
  })
  expect(stdout).toContain('unit: 2 passed, 1 failed')
  expect(stdout).toContain('\n  1 failed: test/unit/b.test.js > on a server: no port is free\n')
  expect(stdout).toContain('\n  2 skipped: test/unit/b.test.js > on a server: it could not begin: no port is free\n')
  expect(status).toBe(1)
})

test('a suite that fails without a failed test, and one without tests, count as a failure', () => {
  const { status, stdout } = runSuites({
    'package.json': scripts(`echo '3 passed, 0 failed'; exit 1`, `echo '0 passed, 0 failed'`),
    'test/package/a.test.js': '',
  })
  expect(stdout).toContain('check: 3 passed, 1 failed')
  expect(stdout).toContain('package: 0 passed, 1 failed')
  expect(stdout).toContain('conformance: 0 passed, 1 failed')
  expect(stdout).toContain('1 failed: no test, but the suite ended with code 1')
  expect(stdout).toContain('1 failed: no test, but nothing ran')
  expect(status).toBe(1)
})

function runCi(makefile: string): { status: number | null; lines: string[] } {
  const folder = folderWith({ Makefile: makefile })
  cpSync(join(ROOT, '.ci/run'), join(folder, '.ci/run'))
  const { status, stdout } = spawnSync(join(folder, '.ci/run'), { encoding: 'utf8' })
  return { status, lines: stdout.trimEnd().split('\n') }
}

test.each([
  ['', '3 passed, 0 failed', 0],
  ['test-servers:\n\t@echo noise; echo 4 passed, 0 failed, 2 skipped\n', '7 passed, 0 failed, 2 skipped', 0],
  ['test-servers:\n\t@echo 4 passed, 1 failed; exit 1\n', '7 passed, 1 failed', 1],
  ['test-servers:\n\t@echo died >&2; exit 3\n', '3 passed, 1 failed', 1],
  ['test-servers:\n\t@echo 4 passed, 0 failed; exit 1\n', '7 passed, 1 failed', 1],
  ['test-servers:\n\t@true\n', '3 passed, 1 failed', 1],
])('.ci/run sums up test and %j', (servers, expected, status) => {
  const ran = runCi(`test:\n\t@echo 3 passed, 0 failed\n${servers}`)
  expect([ran.status, ran.lines.at(-1)]).toEqual([status, expected])
})

test('.ci/run names once more at its end what failed', () => {
  const failing = (what: string): string => `@echo '  1 failed: ${what}'; echo 2 passed, 1 failed; exit 1`
  const { lines } = runCi(`test:\n\t${failing('a > b: too late')}\ntest-servers:\n\t${failing('c: gone')}\n`)
  expect(lines.slice(-4)).toEqual([
    'make test: 1 failed: a > b: too late',
    'make test-servers: 1 failed: c: gone',
    '',
    '4 passed, 2 failed',
  ])
})
