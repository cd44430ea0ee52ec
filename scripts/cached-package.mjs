/**
 * `node scripts/cached-package.mjs typescript@5.9` installs an npm package, or several, into a folder of their own in the
 * user's cache, unless it is there already, and prints the folder. For what tests need and this package must not
 * depend on: other versions of Node and of TypeScript.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * @param {string[]} specs
 * @returns {string}
 */
export function cachedPackage(...specs) {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sluice')
  const folder = join(cache, specs.map((spec) => spec.replaceAll('/', '-')).join('+'))
  if (existsSync(folder)) return folder
  mkdirSync(cache, { recursive: true })
  const partial = mkdtempSync(`${folder}-`)
  try {
    // The package `node` fetches its binary in an install script, which npm only runs where it is allowed.
    writeFileSync(join(partial, 'package.json'), '{ "private": true, "allowScripts": { "node": true } }')
    npmInstall(specs, partial)
    if (!existsSync(folder)) renameSync(partial, folder)
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
  return folder
}

/**
 * @param {string[]} specs
 * @param {string} cwd
 */
function npmInstall(specs, cwd) {
  // `npm run` tells its children about this package in variables that would lead npm back here.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)))
  const { status, stderr, error } = spawnSync('npm', ['install', '--no-audit', '--no-fund', ...specs], {
    cwd,
    env,
    encoding: 'utf8',
    timeout: 180_000,
  })
  if (status === 0) return
  const complaints = (stderr ?? '').split('\n').filter((line) => line.startsWith('npm error'))
  throw new Error(`npm install ${specs.join(' ')}: ${error?.message ?? complaints.slice(0, 2).join('; ')}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(cachedPackage(...process.argv.slice(2)))
