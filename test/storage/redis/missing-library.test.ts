import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { ConfigurationError } from '../../../src/errors.ts'
import { importError, MissingLibrary } from '../../../src/storage/redis/clients/missing.ts'
import { openStorage } from '../../../src/storage/uri.ts'
import { ROOT } from '../../repository.ts'

const LIBRARIES = ['ioredis', 'redis', 'iovalkey', '@valkey/valkey-glide']

/** What becomes of a decision in a process in which some libraries are not installed: the error's code and message. */
function decideWithout(
  libraries: readonly string[],
  uri: string,
  options: object = {},
): { code: string; message: string } {
  const resolve = `
    export async function resolve(specifier, context, next) {
      if (!${JSON.stringify(libraries)}.includes(specifier)) return next(specifier, context)
      throw Object.assign(new Error("Cannot find package '" + specifier + "'"), { code: 'ERR_MODULE_NOT_FOUND' })
    }`
  const register = `import { register } from 'node:module'; register(${JSON.stringify(moduleOf(resolve))})`
  const program = `
    import { openStorage } from './src/storage/uri.ts'
    import { rateLimit } from './src/limit/rate-limit.ts'
    const entry = { key: 'a', limit: rateLimit(5, 'minute'), strategy: 'fixed-window', cost: 1, role: 'limit' }
    const storage = openStorage(${JSON.stringify(uri)}, ${JSON.stringify(options)})
    try {
      await storage.evaluate([entry])
    } catch ({ code, message }) {
      console.log(JSON.stringify({ code, message }))
    }
    process.exit()`
  const imports = ['--import', join(ROOT, 'scripts/typescript.mjs'), '--import', moduleOf(register)]
  const { stdout, stderr } = spawnSync(process.execPath, [...imports, '--input-type=module', '--eval', program], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout) as { code: string; message: string }
}

function moduleOf(text: string): string {
  return `data:text/javascript,${encodeURIComponent(text)}`
}

test('without any client library the error says what to install, the one that fits first', () => {
  expect(decideWithout(LIBRARIES, 'redis://127.0.0.1:1')).toEqual({
    code: 'ERR_MISSING_PEER',
    message: 'redis:// needs a client library: npm install ioredis (or redis, iovalkey, @valkey/valkey-glide)',
  })
  expect(decideWithout(LIBRARIES, 'valkey://127.0.0.1:1')).toEqual({
    code: 'ERR_MISSING_PEER',
    message: 'valkey:// needs a client library: npm install iovalkey (or @valkey/valkey-glide, ioredis, redis)',
  })
})

test('without the library that was asked for the error names that one', () => {
  expect(decideWithout(['redis'], 'redis://127.0.0.1:1', { client: 'redis' })).toEqual({
    code: 'ERR_MISSING_PEER',
    message: 'redis:// needs a client library: npm install redis',
  })
})

test('the first library that is installed is used', () => {
  expect(decideWithout(['ioredis'], 'redis://127.0.0.1:1').message).toContain('ECONNREFUSED')
})

test.each([
  ['Node', "Cannot find package 'redis' imported from /app/dist/main.js", 'ERR_MODULE_NOT_FOUND'],
  ['webpack', "Cannot find module 'redis'", 'MODULE_NOT_FOUND'],
  ['Vite', 'Could not resolve "redis" imported by "sluice". Is it installed?', undefined],
])('a library that is not in the bundle is missing as one that is not installed: %s', (_, message, code) => {
  expect(importError(Object.assign(new Error(message), { code }), 'redis')).toBeInstanceOf(MissingLibrary)
})

test('a library that cannot be loaded for another reason fails by that', () => {
  for (const error of [
    new Error('invalid ELF header'),
    Object.assign(new Error("Cannot find package 'denque'"), { code: 'ERR_MODULE_NOT_FOUND' }),
    undefined,
  ])
    expect(importError(error, 'ioredis')).toBe(error)
})

test('in the edge runtime of Next.js, which has no sockets, the error says so', async () => {
  vi.stubEnv('NEXT_RUNTIME', 'edge')
  const asked = Promise.resolve(openStorage('redis://localhost', {}).ping())
  await expect(asked).rejects.toThrow(
    new ConfigurationError('redis://localhost cannot be used in the edge runtime of Next.js, which has no sockets'),
  )
  vi.unstubAllEnvs()
})
