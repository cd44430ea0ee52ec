/** What has to be there before anything is measured: the packages of the bench, the built library, other versions of Node. */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'

const BENCH = fileURLToPath(new URL('.', import.meta.url))
const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Installs what the bench depends on, unless it is there, and builds the library, so that what is measured is what is written. */
export function prepare() {
  if (!isInstalled()) npm('ci', '--prefix', BENCH, '--no-audit', '--no-fund')
  npm('run', '--silent', 'build')
  installOwn()
}

/** Puts the library beside the packages of the bench, as it will be beside those of its users: what it imports is theirs. */
function installOwn() {
  const own = `${BENCH}node_modules/sluice/`
  rmSync(own, { recursive: true, force: true })
  mkdirSync(own)
  for (const each of ['package.json', 'dist']) cpSync(`${ROOT}${each}`, `${own}${each}`, { recursive: true })
}

function isInstalled() {
  const installed = `${BENCH}node_modules/.package-lock.json`
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(`${BENCH}package-lock.json`).mtimeMs
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
