import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { appBeside, listening, ROOT } from './built-app.mjs'

const TEXT = /** @type {const} */ ({ encoding: 'utf8', timeout: 300_000 })

/** Routes of Next.js, with one client library installed and the others not; the edge runtime has no use for any. */
const NEXT_APP = {
  'package.json': '{ "private": true }',
  'app/layout.js': 'export default ({ children }) => <html><body>{children}</body></html>',
  'app/api/items/[id]/route.js': route('GET /api/items/:id', "'memory://'"),
  'app/api/shared/route.js': route('GET /api/shared', 'process.env.REDIS_URL'),
  'app/api/edge/route.js': `${route('GET /api/edge', "'memory://'")}\nexport const runtime = 'edge'`,
}

function route(endpoint, storage) {
  return `
    import { createLimiter, remoteAddress } from 'sluice/fetch'
    const trustProxy = { header: 'x-real-ip' }
    const limiter = createLimiter({ key: remoteAddress, trustProxy, defaultLimits: ['2 per day'], storage: ${storage} })
    export const GET = limiter.handler({ endpoint: '${endpoint}' }, () => new Response('ok'))`
}

for (const bundler of ['turbopack', 'webpack']) {
  test(`route handlers of Next.js are limited, built by ${bundler}`, { timeout: 600_000 }, async (t) => {
    const folder = appBeside(t, ['next@16', 'ioredis@6'], NEXT_APP)
    if (folder === undefined) return undefined
    const next = [process.execPath, join(folder, '../node_modules/next/dist/bin/next')]
    const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', REDIS_URL: 'redis://localhost:1' }
    const [node, program] = next
    const built = spawnSync(node, [program, 'build', `--${bundler}`], { cwd: folder, env, ...TEXT })
    const output = `${built.stdout}${built.stderr}`
    // Its compiler is a binary, which npm may not have for this machine.
    const [noCompiler] = /Failed to (?:load SWC|download swc).*/.exec(output) ?? []
    if (built.status !== 0 && noCompiler) return t.skip(`Next.js cannot be had: ${noCompiler}`)
    assert.equal(built.status, 0, output)

    const socket = await redisServer(t)
    const url = await listening(t, folder, [...next, 'start', '--port', '0'], {
      ...env,
      REDIS_URL: `redis+unix://${socket}`,
    })
    for (const path of ['/api/items/7', '/api/edge', '/api/shared']) {
      const skip = path === '/api/shared' && socket === undefined && 'there is no redis-server on the path'
      await t.test(path, { skip }, async () => {
        const statuses = []
        for (let time = 0; time < 3; time += 1) {
          statuses.push((await fetch(new URL(path, url), { headers: { 'x-real-ip': '192.0.2.1' } })).status)
        }
        assert.deepEqual(statuses, [200, 200, 429])
      })
    }
  })
}

const JEST_TEST = `
  import express from 'express'
  import request from 'supertest'
  import { createLimiter, remoteAddress } from 'sluice/express'

  test('limits', async () => {
    const app = express()
    createLimiter({ key: remoteAddress, defaultLimits: ['1 per day'] }).init(app)
    app.get('/', (_request: express.Request, response: express.Response) => void response.send('42'))
    await request(app).get('/').expect(200)
    await request(app).get('/').expect(429)
  })`

const GUIDE = readFileSync(join(ROOT, 'docs/guide/start.md'), 'utf8')
const [, TS_JEST = ''] = /```js no-run\n(\/\/ jest\.config\.js[^]*?)```/.exec(GUIDE) ?? []
const [, BABEL_JEST = ''] = /With babel-jest put `(.*?)` in place of the first/.exec(GUIDE) ?? []
const [LAST_LINE = ''] = /^ *transformIgnorePatterns.*/m.exec(TS_JEST) ?? []

/** What the guide says of Jest, and the packages that it takes. */
const JEST_CONFIGS = {
  'ts-jest': { config: TS_JEST, packages: [] },
  'babel-jest': {
    config: TS_JEST.replace(/\['ts-jest'.*\]/, BABEL_JEST),
    packages: ['@babel/plugin-transform-modules-commonjs@7'],
  },
  '@swc/jest': {
    config: `module.exports = { transform: { '\\\\.[jt]s$': '@swc/jest' },\n${LAST_LINE} }`,
    packages: ['@swc/jest', '@swc/core@1'],
  },
}
const JEST_PACKAGES = [
  'jest@30',
  'ts-jest@29',
  'typescript@5.9',
  'express@5',
  'supertest@7',
  '@types/jest',
  '@types/express',
  '@types/supertest',
]

for (const [name, { config, packages }] of Object.entries(JEST_CONFIGS)) {
  test(`tests of Jest run by the configuration that the guide has for ${name}`, { timeout: 600_000 }, (t) => {
    const folder = appBeside(t, [...JEST_PACKAGES, ...packages], {
      'package.json': '{ "private": true }',
      'tsconfig.json':
        '{ "compilerOptions": { "module": "commonjs", "target": "es2022", "esModuleInterop": true, "skipLibCheck": true } }',
      'jest.config.js': config,
      'app.test.ts': JEST_TEST,
    })
    if (folder === undefined) return
    const { status, stderr } = spawnSync(process.execPath, [join(folder, '../node_modules/jest/bin/jest.js')], {
      cwd: folder,
      ...TEXT,
    })
    assert.equal(status, 0, stderr)
  })
}

/** The socket of a Redis of the test's own; undefined where there is none. */
async function redisServer(t) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-redis-'))
  const socket = join(folder, 'redis.sock')
  const server = spawn('redis-server', ['--port', '0', '--unixsocket', socket, '--save', ''], { stdio: 'ignore' })
  t.after(() => {
    server.kill()
    rmSync(folder, { recursive: true, force: true })
  })
  let isMissing = false
  server.on('error', () => (isMissing = true))
  while (!isMissing && !existsSync(socket)) await wait(20)
  return isMissing ? undefined : socket
}
