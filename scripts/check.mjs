/**
 * Runs the gates named on the command line, or all of them, in the current folder: what can be said about the
 * code without running it against anything. Ends with `N passed, N failed`; each gate counts as one.
 */
import { spawn } from 'node:child_process'
import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('../node_modules/.bin', import.meta.url))
const apiReport = fileURLToPath(new URL('api-report.mjs', import.meta.url))

/** Later gates look at what `build` has built. */
const GATES = {
  build: 'npm run build',
  format: 'oxfmt --check',
  lint: 'oxlint',
  types: 'tsc -p tsconfig.json && tsc -p tsconfig.scripts.json',
  architecture: 'vitest run --project architecture --reporter=dot',
  unused: 'knip',
  package: 'publint --strict && attw --pack . --profile esm-only',
  api: `node "${apiReport}"`,
  links: 'vitest run --project links --reporter=dot',
}

const names = process.argv.slice(2)
const unknown = names.filter((name) => !(name in GATES))
if (unknown.length > 0) {
  console.error(`check: no gate is called ${unknown.join(', ')}; there are ${Object.keys(GATES).join(', ')}`)
  process.exit(2)
}

let failed = 0
const chosen = Object.entries(GATES).filter(([name]) => names.length === 0 || names.includes(name))
for (const [name, command] of chosen) {
  const started = performance.now()
  const { code, output } = await run(command)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  if (code === 0) {
    console.log(`✓ ${name} (${seconds} s)`)
  } else {
    failed += 1
    console.log(`✗ ${name} (${seconds} s): ${command}\n${output.trimEnd()}`)
  }
}
console.log(`${chosen.length - failed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0

/**
 * @param {string} command
 * @returns {Promise<{ code: number | null, output: string }>}
 */
function run(command) {
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` }
  const child = spawn(command, { shell: true, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })))
}
