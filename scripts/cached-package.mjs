/**
 * `node scripts/cached-package.mjs typescript@5.9` installs an npm package into a folder of its own in the user's
 * cache, unless it is there already, and prints the folder. For what tests need and this package must not
 * depend on: other versions of Node and of TypeScript.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * @param {string} spec
 * @returns {string}
 */
export function cachedPackage(spec) {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sluice')
  const folder = join(cache, spec)
  if (existsSync(folder)) return folder
  mkdirSync(cache, { recursive: true })
  const partial = mkdtempSync(`${folder}-`)
  try {
    // The package `node` fetches its binary in an install script, which npm only runs where it is allowed.
    writeFileSync(join(partial, 'package.json'), '{ "private": true, "allowScripts": { "node": true } }')
    npmInstall(spec, partial)
    if (!existsSync(folder)) renameSync(partial, folder)
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
  return folder
}

/**
 * @param {string} spec
 * @param {string} cwd
 */
function npmInstall(spec, cwd) {
  // `npm run` tells its children about this package in variables that would lead npm back here.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)))
  const { status, stderr, error } = spawnSync('npm', ['install', '--no-audit', '--no-fund', spec], {
    cwd,
    env,
    encoding: 'utf8',
    timeout: 180_000,
  })
  if (status === 0) return
  const complaints = (stderr ?? '').split('\n').filter((line) => line.startsWith('npm error'))
  throw new Error(`npm install ${spec}: ${error?.message ?? complaints.slice(0, 2).join('; ')}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(cachedPackage(process.argv[2] ?? ''))
