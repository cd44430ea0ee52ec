import { spawn } from 'node:child_process'

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
