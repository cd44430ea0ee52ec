import type { FastifyInstance, FastifyServerOptions } from 'fastify'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type FastifyLimiterOptions, remoteAddress } from '../../../src/adapters/fastify/index.ts'
import { answersOnUnixSocket } from '../unix-socket.ts'
import { limiterWith, type Log, served, tells } from './playground.ts'
import { type Version, VERSIONS } from './versions.ts'

type Trust = FastifyServerOptions['trustProxy'] | number

/** Answers whom `remoteAddress` takes the client for. */
function build(
  { fastify }: Version,
  trustProxy?: Trust,
  options: Partial<FastifyLimiterOptions> = {},
  log: Log = [],
): FastifyInstance {
  const app = fastify(trustProxy === undefined ? {} : { trustProxy: trustProxy as boolean })
  const keys: string[] = []
  const key: FastifyLimiterOptions['key'] = (request) => {
    keys.push(remoteAddress(request))
    return keys.at(-1)
  }
  app.register(limiterWith({ key, defaultLimits: ['9 per minute'], ...options }, log).plugin)
  app.get(
    '/who',
    tells(() => keys.at(-1)),
  )
  return app
}

describe.each(VERSIONS)('remoteAddress of $name', (version) => {
  test.each([
    [undefined, '192.0.2.1'],
    [false, '192.0.2.1'],
    [true, '203.0.113.1'],
    ['192.0.2.0/24', '198.51.100.1'],
    [['192.0.2.1', '198.51.100.0/24'], '203.0.113.1'],
    ['loopback', '192.0.2.1'],
    [(address: string) => address === '192.0.2.1', '198.51.100.1'],
  ])('follows trustProxy %s', async (trust, expected) => {
    const play = await served(build(version, trust))
    await play.expect('/who', JSON.stringify(expected), { headers: { 'X-Forwarded-For': '203.0.113.1, 198.51.100.1' } })
    await play.expect('/who', '"192.0.2.1"')
  })

  test('counts what a proxy reports as it counts what the socket does', async () => {
    const play = await served(build(version, true))
    for (const [forwarded, expected] of [
      ['2001:db8:0:1:2:3:4:5', '2001:db8:0:1::/64'],
      ['::ffff:203.0.113.1', '203.0.113.1'],
      ['203.0.113.1:5678', '203.0.113.1'],
    ] as const) {
      await play.expect('/who', JSON.stringify(expected), { headers: { 'X-Forwarded-For': forwarded } })
    }
  })

  test('takes a client on a Unix socket for 127.0.0.1, and warns of it once', async () => {
    const log: Log = []
    const app = build(version, undefined, {}, log)
    await app.ready()
    onTestFinished(async () => app.close())
    const answers = await answersOnUnixSocket((request, response) => app.routing(request, response), '/who')
    expect(answers).toEqual(['"127.0.0.1"', '"127.0.0.1"'])
    expect(log).toEqual(['warn WARN_NO_ADDRESS'])
  })

  test.each([
    [
      'no proxy is trusted, and one forwards requests',
      false,
      { 'X-Forwarded-For': '203.0.113.1' },
      ['warn WARN_PROXY_UNTRUSTED'],
    ],
    ['no proxy is trusted, and none forwards requests', false, {}, []],
    ['every proxy is trusted', true, {}, ['warn WARN_PROXY_PERMISSIVE']],
    ['the proxy that there is is trusted', '192.0.2.1', { 'X-Forwarded-For': '203.0.113.1' }, []],
  ])('warns once, if at all, where %s', async (_name, trust, headers, expected) => {
    const log: Log = []
    const play = await served(build(version, trust, {}, log))
    await play.send('/who', { headers })
    await play.send('/who', { headers })
    expect(log).toEqual(expected)
  })

  test('can be asked outside of any limiter', async () => {
    const app = version.fastify()
    app.get(
      '/who',
      tells((request) => remoteAddress(request)),
    )
    await (await served(app)).expect('/who', '"2001:db8::/64"', { remoteAddress: '2001:db8::1' })
  })
})
