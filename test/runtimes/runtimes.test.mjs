import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { installBuilt, listening, programOf, ROOT } from './built-app.mjs'

/** An app's folder: it has the built package and Hono, and no library of a storage. */
const folder = mkdtempSync(join(tmpdir(), 'sluice-runtimes-'))
after(() => rmSync(folder, { recursive: true, force: true }))
for (const name of ['app.mjs', 'worker.mjs']) cpSync(join(ROOT, 'test/runtimes', name), join(folder, name))
installBuilt(folder)
cpSync(join(ROOT, 'node_modules/hono'), join(folder, 'node_modules/hono'), { recursive: true })
writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')

const WRAPS = [
  [200, 'wrapped'],
  [429, '1 per 1 day'],
]
const CANNOT_WRAP = /this runtime has no AsyncLocalStorage/

/** What starts the app, and prints its address or port. */
const RUNTIMES = [
  { name: 'Bun', start: () => [programOf('bun@1'), 'app.mjs'] },
  { name: 'Deno', start: () => [programOf('deno@2'), 'run', '--allow-all', 'app.mjs'] },
  { name: 'workerd', start: () => startWorker('') },
  { name: 'workerd with nodejs_compat', start: () => startWorker('"nodejs_compat"') },
]

for (const { name, start } of RUNTIMES) {
  test(`the built package limits Hono and fetch handlers in ${name}`, async (t) => {
    let command
    try {
      command = start()
    } catch (error) {
      return t.skip(`${name} cannot be had: ${String(error)}`)
    }
    const url = await listening(t, folder, command)
    const get = async (path) => fetch(new URL(path, url), { headers: { 'cf-connecting-ip': '127.0.0.1' } })
    for (const path of ['/hono', '/fetch']) {
      const answers = [await get(path), await get(path), await get(path)]
      assert.deepEqual(
        answers.map(({ status, headers }) => [status, headers.get('X-RateLimit-Remaining')]),
        [
          [200, '1'],
          [200, '0'],
          [429, '0'],
        ],
      )
      assert.equal(await answers[0].text(), '127.0.0.1')
      assert.equal(await answers[2].text(), '2 per 1 day')
      assert.ok(Number(answers[2].headers.get('Retry-After')) > 86_000)

      const wraps = [await get(`${path}/wrap`), await get(`${path}/wrap`)]
      const told = await Promise.all(wraps.map(async (answer) => [answer.status, await answer.text()]))
      if (name === 'workerd') assert.match(told[0][1], CANNOT_WRAP)
      else assert.deepEqual(told, WRAPS)
    }
    return undefined
  })
}

/** Workers are one file: bundled as Cloudflare's own tool does it, which leaves out no library that an `import()` insists on. */
function startWorker(flags) {
  const [workerd, esbuild] = [programOf('workerd@1'), programOf('esbuild@0')]
  const options = ['--bundle', '--format=esm', '--conditions=workerd,worker,browser', '--external:node:*']
  execFileSync(esbuild, ['worker.mjs', ...options, '--log-level=warning', '--outfile=bundle.mjs'], { cwd: folder })
  writeFileSync(
    join(folder, 'worker.capnp'),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [(name = "worker", esModule = embed "bundle.mjs")],
    compatibilityDate = "2026-01-01",
    compatibilityFlags = [${flags}],
  ))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`,
  )
  return [workerd, 'serve', 'worker.capnp', '--control-fd=1']
}
