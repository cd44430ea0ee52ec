/**
 * Runs every suite, or with `servers` as its argument those that need several servers, one after the other, and ends with one line that sums them up: `N passed, N failed`, with
 * `, N skipped` where something could not run; what failed or did not run, and why, stands above it. Fails where anything failed.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cachedPackage } from './cached-package.mjs'

/**
 * How many tests, which, and why.
 * @typedef {{ count: number, what: string }} Tally
 */

/**
 * What became of a suite.
 * @typedef {{ passed: number, failed: Tally[], skipped: Tally[] }} Counts
 */

const VITEST = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url))
const VITEST_COUNTS = fileURLToPath(new URL('vitest-counts.mjs', import.meta.url))

const temporary = mkdtempSync(join(tmpdir(), 'sluice-suites-'))
process.on('exit', () => rmSync(temporary, { recursive: true, force: true }))

/** @type {Record<string, () => Promise<Counts>>} */
const SUITES = {
  check: () => closingLine('npm', ['run', '--silent', 'check']),
  unit: () => vitest(process.execPath, 'unit', '--coverage'),
  package: () => vitest(process.execPath, 'package'),
  conformance: () => closingLine('npm', ['run', '--silent', 'conformance']),
  'built package': () => nodeTest(process.execPath),
  'built package and adapters on Node 22': () => otherNode('22'),
  'built package and adapters on Node 24': () => otherNode('24'),
  'built package and adapters on Node 26': () => otherNode('26'),
}

/** @type {Record<string, () => Promise<Counts>>} */
const SERVER_SUITES = {
  servers: () => vitest(process.execPath, 'servers'),
  'ioredis 5 and redis 5': () => vitest(process.execPath, 'older-clients'),
  'built package in Bun, Deno, workerd, Next.js, Jest and Lambda, and under tracers': otherRuntimes,
}

/** @type {string[]} */
const summary = []
const total = { passed: 0, failed: 0, skipped: 0 }
for (const [name, suite] of Object.entries(process.argv[2] === 'servers' ? SERVER_SUITES : SUITES)) {
  console.log(`\n── ${name}`)
  const started = performance.now()
  const { passed, failed, skipped } = await suite()
  const seconds = Math.round((performance.now() - started) / 1000)
  summary.push(`${name}: ${passed} passed, ${sum(failed)} failed (${seconds} s)`)
  summary.push(...failed.map(({ count, what }) => `  ${count} failed: ${what}`))
  summary.push(...skipped.map(({ count, what }) => `  ${count} skipped: ${what}`))
  total.passed += passed
  total.failed += sum(failed)
  total.skipped += sum(skipped)
}
console.log(`\n${summary.join('\n')}\n`)
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`)
process.exitCode = total.failed > 0 ? 1 : 0

/**
 * A program that itself ends with a line of this kind.
 * @param {string} command
 * @param {string[]} options
 * @returns {Promise<Counts>}
 */
async function closingLine(command, options) {
  const { code, output } = await run(command, options)
  const last = /(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$/.exec(output)
  const above = (/** @type {number} */ count) =>
    count > 0 ? [{ count, what: `see above, ${command} ${options.join(' ')}` }] : []
  return withUncounted(code, {
    passed: Number(last?.[1] ?? 0),
    failed: above(Number(last?.[2] ?? 0)),
    skipped: above(Number(last?.[3] ?? 0)),
  })
}

/**
 * @param {string} node
 * @param {string} project
 * @param {string[]} options
 * @returns {Promise<Counts>}
 */
async function vitest(node, project, ...options) {
  const file = join(temporary, 'counts')
  rmSync(file, { force: true })
  const reporters = ['--reporter=default', `--reporter=${VITEST_COUNTS}`]
  const { code } = await run(node, [VITEST, 'run', `--project=${project}`, ...reporters, ...options], {
    VITEST_COUNTS: file,
  })
  return withUncounted(code, existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : nothing())
}

/**
 * @param {string} version
 * @returns {Promise<Counts>}
 */
async function otherNode(version) {
  try {
    const node = join(cachedPackage(`node@${version}`), 'node_modules/.bin/node')
    const { stdout, error } = spawnSync(node, ['--version'], { encoding: 'utf8' })
    if (error) throw error
    console.log(`Node ${stdout.trim()}`)
    const [built, adapters] = [await nodeTest(node), await vitest(node, 'unit', 'test/adapters')]
    return {
      passed: built.passed + adapters.passed,
      failed: [...built.failed, ...adapters.failed],
      skipped: [...built.skipped, ...adapters.skipped],
    }
  } catch (error) {
    return { ...nothing(), skipped: [{ count: 1, what: `all of it. ${String(error)}` }] }
  }
}

/** @returns {Promise<Counts>} */
async function otherRuntimes() {
  const { code } = await run('npm', ['run', '--silent', 'build'])
  return code === 0 ? nodeTest(process.execPath, 'test/runtimes') : withUncounted(code, nothing())
}

/**
 * @param {string} node
 * @param {string} [folder]
 * @returns {Promise<Counts>}
 */
async function nodeTest(node, folder = 'test/built') {
  const file = join(temporary, 'tap')
  const suites = readdirSync(folder).filter((name) => name.endsWith('.test.mjs'))
  const { code } = await run(node, [
    '--test',
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    '--test-reporter=tap',
    `--test-reporter-destination=${file}`,
    ...suites.map((name) => join(folder, name)),
  ])
  const tap = readFileSync(file, 'utf8')
  const count = (/** @type {string} */ what) => Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(tap)?.[1] ?? 0)
  const failures = count('fail') + count('cancelled')
  const names = Array.from(tap.matchAll(/^ *not ok \d+ - (.*)$/gm), ([, name]) => name)
  const failed = failures > 0 ? [{ count: failures, what: `see above, ${names.join(', ')}` }] : []
  const skips = tap.matchAll(/^ *ok \d+ - (.*) # SKIP ?(.*)$/gm)
  const skipped = Array.from(skips, ([, name, why]) => ({ count: 1, what: `${name}: ${why || 'no reason given'}` }))
  return withUncounted(code, { passed: count('pass'), failed, skipped })
}

/** @returns {Counts} */
function nothing() {
  return { passed: 0, failed: [], skipped: [] }
}

/**
 * @param {readonly Tally[]} tallies
 * @returns {number}
 */
function sum(tallies) {
  return tallies.reduce((all, { count }) => all + count, 0)
}

/**
 * A file that does not load, a threshold that is not met, a program that dies or runs nothing at all: no test counted it.
 * @param {number | null} code
 * @param {Counts} counts
 * @returns {Counts}
 */
function withUncounted(code, counts) {
  const isEmpty = counts.passed === 0 && counts.skipped.length === 0
  if (counts.failed.length > 0 || (code === 0 && !isEmpty)) return counts
  const what = `no test, but ${code === 0 ? 'nothing ran' : `the suite ended with code ${code}`}`
  return { ...counts, failed: [{ count: 1, what }] }
}

/**
 * Passes the output on while it comes.
 * @param {string} command
 * @param {string[]} options
 * @param {Record<string, string>} [variables]
 * @returns {Promise<{ code: number | null, output: string }>}
 */
function run(command, options, variables) {
  const env = { ...process.env, ...variables }
  const child = spawn(command, options, { stdio: ['ignore', 'pipe', 'inherit'], env })
  let output = ''
  child.stdout.on('data', (/** @type {Buffer} */ chunk) => {
    process.stdout.write(chunk)
    output += chunk.toString()
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
  })
}
