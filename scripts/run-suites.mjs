/**
 * Runs every suite, or with `servers` as its argument those that need several servers, one after the other, and ends with one line that sums them up: `N passed, N failed`, with
 * `, N skipped` where something could not run; what, and why, stands above it. Fails where anything failed.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cachedPackage } from './cached-package.mjs'

/**
 * What became of a suite; of what did not run, how many tests, and which and why; and what failed without being a test.
 * @typedef {{ passed: number, failed: number, skipped: { count: number, what: string }[], trouble?: string }} Counts
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
  'built package in Bun, Deno and workerd': otherRuntimes,
}

/** @type {string[]} */
const summary = []
const total = { passed: 0, failed: 0, skipped: 0 }
for (const [name, suite] of Object.entries(process.argv[2] === 'servers' ? SERVER_SUITES : SUITES)) {
  console.log(`\n── ${name}`)
  const started = performance.now()
  const { passed, failed, skipped, trouble } = await suite()
  const seconds = Math.round((performance.now() - started) / 1000)
  summary.push(`${name}: ${passed} passed, ${failed} failed (${seconds} s)`)
  if (trouble !== undefined) summary.push(`  1 failed: no test, but ${trouble}`)
  summary.push(...skipped.map(({ count, what }) => `  ${count} skipped: ${what}`))
  total.passed += passed
  total.failed += failed
  for (const { count } of skipped) total.skipped += count
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
  const skipped = Number(last?.[3] ?? 0)
  return withUncounted(code, {
    passed: Number(last?.[1] ?? 0),
    failed: Number(last?.[2] ?? 0),
    skipped: skipped > 0 ? [{ count: skipped, what: `see above, ${command} ${options.join(' ')}` }] : [],
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
    const trouble = built.trouble ?? adapters.trouble
    return {
      passed: built.passed + adapters.passed,
      failed: built.failed + adapters.failed,
      skipped: [...built.skipped, ...adapters.skipped],
      ...(trouble !== undefined && { trouble }),
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
  const skips = tap.matchAll(/^ *ok \d+ - (.*) # SKIP ?(.*)$/gm)
  const skipped = Array.from(skips, ([, name, why]) => ({ count: 1, what: `${name}: ${why || 'no reason given'}` }))
  return withUncounted(code, { passed: count('pass'), failed: count('fail') + count('cancelled'), skipped })
}

/** @returns {Counts} */
function nothing() {
  return { passed: 0, failed: 0, skipped: [] }
}

/**
 * A file that does not load, a threshold that is not met, a program that dies or runs nothing at all: no test counted it.
 * @param {number | null} code
 * @param {Counts} counts
 * @returns {Counts}
 */
function withUncounted(code, counts) {
  const isEmpty = counts.passed === 0 && counts.skipped.length === 0
  if (counts.failed > 0 || (code === 0 && !isEmpty)) return counts
  return { ...counts, failed: 1, trouble: code === 0 ? 'nothing ran' : `the suite ended with code ${code}` }
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
