import { spawn } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Puts the built package among the modules of an app. */
export function installBuilt(folder) {
  for (const name of ['dist', 'package.json'])
    cpSync(join(ROOT, name), join(folder, 'node_modules/sluice', name), { recursive: true })
}

/** Runs a command in a folder until the test is over; answers the address at which it says that it listens. */
export async function listening(t, cwd, [program, ...options], env = process.env) {
  const child = spawn(program, options, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill())
  let printed = ''
  for await (const chunk of child.stdout) {
    printed += String(chunk)
    const [address, port] = /http:\S+|"port":(\d+)/.exec(printed) ?? []
    if (address) return port ? `http://127.0.0.1:${port}` : address
  }
  throw new Error(`${program} ended without listening: ${printed}`)
}
