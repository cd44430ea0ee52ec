/** What has to be there before anything is measured: the packages of the bench, the built library, other versions of Node. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'

const BENCH = fileURLToPath(new URL('.', import.meta.url))
const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Installs what the bench depends on, the first time, and builds the library, so that what is there is what is measured. */
export function prepare() {
  if (!existsSync(`${BENCH}node_modules/.package-lock.json`)) npm('ci', '--prefix', BENCH, '--no-audit', '--no-fund')
  npm('run', '--silent', 'build')
}

function npm(...options) {
  // `npm run` tells its children about this package in variables that would lead npm back here.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)))
  const { status } = spawnSync('npm', options, { cwd: ROOT, env, stdio: ['ignore', 'inherit', 'inherit'] })
  if (status !== 0) throw new Error(`npm ${options.join(' ')} failed`)
}

/**
 * The versions of Node to measure on: the one that runs this, and those that the bench brings along, by major version.
 */
export function nodes() {
  const own = { version: process.versions.node, path: process.execPath }
  const brought = ['24', '26'].map((major) => installed(`${BENCH}node_modules/node-${major}/bin/node`))
  return new Map([own, ...brought].map((node) => [node.version.split('.')[0], node]))
}

function installed(path) {
  const { stdout, error } = spawnSync(path, ['--version'], { encoding: 'utf8' })
  if (error) throw new Error(`no Node at ${path}: ${error.message}`)
  return { version: stdout.trim().slice(1), path }
}

/** On what it was measured, and how busy that was. */
export function machine() {
  return {
    cores: cpus().length,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${process.arch}`,
    loadBefore: Number(loadavg()[0].toFixed(2)),
  }
}
