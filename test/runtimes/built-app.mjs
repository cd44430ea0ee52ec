import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cachedPackage } from '../../scripts/cached-package.mjs'
import { printed } from '../../scripts/printed.mjs'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Puts the built package among the modules of an app. */
export function installBuilt(folder) {
  for (const name of ['dist', 'package.json'])
    cpSync(join(ROOT, name), join(folder, 'node_modules/sluice', name), { recursive: true })
}

/** A folder of an app with the built package, beside npm packages that are not this project's own; undefined: the test is skipped. */
export function appBeside(t, packages, files) {
  let cache
  try {
    cache = cachedPackage(...packages)
  } catch (error) {
    t.skip(`${packages[0]} cannot be had: ${String(error)}`)
    return undefined
  }
  const folder = mkdtempSync(join(cache, 'app-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  installBuilt(folder)
  return folder
}

/** The program of an npm package, which has to run here. */
export function programOf(spec) {
  const name = spec.split('@')[0]
  const program = join(cachedPackage(spec), 'node_modules/.bin', name)
  execFileSync(program, ['--version'], { timeout: 60_000 })
  return program
}

/** Runs a command in a folder until the test is over; answers the address at which it says that it listens. */
export async function listening(t, cwd, [program, ...options], env = process.env) {
  const child = spawn(program, options, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill())
  const [, address, port] = await printed(child.stdout, /(http:\S+)\s|"port":(\d+)\D/)
  return address ?? `http://127.0.0.1:${port}`
}
