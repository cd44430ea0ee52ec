import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { ConfigurationError } from '../../../src/errors.ts'
import { parseLimit } from '../../../src/limit/parse-limits.ts'
import type { BatchResult, Entry, Storage } from '../../../src/storage/storage.ts'
import { openStorage } from '../../../src/storage/uri.ts'
import { makeCertificates } from '../../servers/certificates.ts'
import { describeWithOwn } from '../../servers/describe-with.ts'
import { freePort, type RedisServer, startServer } from '../../servers/redis-server.ts'
import { startProxy } from '../../servers/tcp-proxy.ts'

function entry(key: string, other: Partial<Entry> = {}): Entry {
  return { key, limit: parseLimit('5/hour'), strategy: 'fixed-window', cost: 1, role: 'limit', ...other }
}

for (const client of ['ioredis', 'redis']) {
  describeWithOwn('redis-server', `through ${client}`, () => {
    let server: RedisServer
    let admin: Redis
    const opened: Storage[] = []
    const servers: RedisServer[] = []

    beforeAll(async () => {
      server = await startServer()
      admin = new Redis(server.port)
    })
    afterAll(async () => {
      admin.disconnect()
      await server.stop()
    })
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((storage) => storage.close()))
      await Promise.all(servers.splice(0).map((each) => each.stop()))
    })

    function open(uri: string, options: Record<string, unknown> = {}): Storage {
      const storage = openStorage(uri, { client, ...options })
      opened.push(storage)
      return storage
    }

    async function start(...args: string[]): Promise<RedisServer> {
      const started = await startServer(args)
      servers.push(started)
      return started
    }

    async function failure(storage: Storage): Promise<Error> {
      return Promise.resolve(storage.evaluate([entry('any')])).then(
        () => expect.unreachable('it was decided'),
        (error: Error) => error,
      )
    }

    const left = ({ verdicts }: BatchResult): number => verdicts[0]!.remaining

    test('a process that was stopped while its connection was closed decides all the same', async () => {
      const own = await start()
      const storage = open(own.uri)
      // Often enough to see that the server is near, on a machine with other things to do.
      for (let time = 0; time < 10; time += 1) await storage.evaluate([entry('other')])
      await storage.evaluate([entry('a')])
      const kill = `require('net').connect(${own.port}).end('CLIENT KILL TYPE normal\\r\\n').resume()`
      // Nothing happens in this process meanwhile.
      spawnSync(process.execPath, ['-e', kill])
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 })
      try {
        expect(left(await storage.evaluate([entry('a')]))).toBe(3)
      } finally {
        vi.useRealTimers()
      }
    })

    test('a storage is named by its address, without the password', () => {
      expect(open('redis://user:secret@localhost:6379/0').name).toBe('redis://user:***@localhost:6379/0')
    })

    test('a user and a password can be in the address, percent-encoded, or among the options', async () => {
      const guarded = await start('--user', 'app', 'on', '>p@ss/w:rd', '~sluice*', '+@all', '--user', 'default', 'off')
      const key = 'sluice||a'
      expect(left(await open(`redis://app:p%40ss%2Fw%3Ard@127.0.0.1:${guarded.port}`).evaluate([entry(key)]))).toBe(4)
      const options = { username: 'app', password: 'p@ss/w:rd' }
      expect(left(await open(`redis://127.0.0.1:${guarded.port}`, options).evaluate([entry(key)]))).toBe(3)
    })

    test('a wrong or a missing password is a configuration error that says so', async () => {
      const guarded = await start('--requirepass', 'right')
      const wrong = await failure(open(`redis://:wrong@127.0.0.1:${guarded.port}`))
      expect(wrong).toBeInstanceOf(ConfigurationError)
      expect(wrong.message).toMatch(/redis:\/\/:\*\*\*@127.* the user or the password is wrong/)
      const none = await failure(open(`redis://127.0.0.1:${guarded.port}`))
      expect(none).toBeInstanceOf(ConfigurationError)
      expect(none.message).toContain('it wants a password')
      expect(left(await open(`redis://:right@127.0.0.1:${guarded.port}`).evaluate([entry('a')]))).toBe(4)
    })

    test('a user who may not run scripts is a configuration error that lists what a limiter needs', async () => {
      const guarded = await start('--user', 'app', 'on', '>pw', '~*', '+@all', '-@scripting')
      const error = await failure(open(`redis://app:pw@127.0.0.1:${guarded.port}`))
      expect(error).toBeInstanceOf(ConfigurationError)
      expect(error.message).toMatch(/this user may not do what a limiter needs: EVALSHA/)
      const storage = open(`redis://app:pw@127.0.0.1:${guarded.port}`)
      await expect(storage.ping()).rejects.toThrow('this user may not do what a limiter needs')
    })

    test('a user who may run just what is listed can decide, forget, reset and ping', async () => {
      const commands = [
        'evalsha',
        'eval',
        'info',
        'time',
        'mget',
        'set',
        'getrange',
        'setrange',
        'strlen',
        'pexpire',
        'scan',
        'unlink',
        'ping',
      ]
      const handshake = ['hello', 'auth', 'client', 'select']
      const guarded = await start(
        '--user',
        'app',
        'on',
        '>pw',
        '~sluice*',
        ...[...commands, ...handshake].map((name) => `+${name}`),
      )
      const storage = open(`redis://app:pw@127.0.0.1:${guarded.port}`)
      const entries = [
        entry('sluice||a'),
        entry('sluice||b', { strategy: 'moving-window' }),
        entry('sluice||c', { strategy: 'token-bucket' }),
      ]
      for (let i = 0; i < 3; i++) expect((await storage.evaluate(entries)).allowed).toBe(true)
      await storage.forget(['sluice||a'])
      expect(await storage.reset('sluice||')).toBe(2)
      await storage.ping()
    })

    test('the database of the address is used, and one that does not exist is a configuration error', async () => {
      await open(`${server.uri}/3`).evaluate([entry('in three')])
      await admin.select(3)
      expect(await admin.exists('in three')).toBe(1)
      await admin.select(0)
      const error = await failure(open(`${server.uri}/99`))
      expect(error).toBeInstanceOf(ConfigurationError)
      expect(error.message).toContain('it does not have this database')
    })

    test('a Unix socket is reached by its path', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'sluice socket '))
      const path = join(folder, 'redis.sock')
      await start('--unixsocket', path)
      expect(left(await open(`redis+unix://${encodeURI(path)}`).evaluate([entry('a')]))).toBe(4)
      rmSync(folder, { recursive: true })
    })

    test('TLS checks the server by the authority that is given, and shows a certificate', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'sluice-tls-'))
      const { ca, cert, key, files } = makeCertificates(folder)
      const port = await freePort()
      await start(
        '--tls-port',
        String(port),
        '--tls-ca-cert-file',
        files.ca,
        '--tls-cert-file',
        files.cert,
        '--tls-key-file',
        files.key,
      )
      expect(left(await open(`rediss://localhost:${port}`, { tls: { ca, cert, key } }).evaluate([entry('a')]))).toBe(4)
      expect(left(await open(`redis://127.0.0.1:${port}`, { tls: { ca, cert, key } }).evaluate([entry('a')]))).toBe(3)
      // Not a configuration error: a certificate can be wrong for a while.
      expect((await failure(open(`rediss://localhost:${port}`, { tls: { cert, key } }))).message).toMatch(/certificate/)
      rmSync(folder, { recursive: true })
    })

    test('a server that is not there is an error at once, and used as soon as it is there', async () => {
      const absent = await start()
      await absent.kill()
      const storage = open(absent.uri)
      for (let i = 0; i < 3; i++) {
        const error = await failure(storage)
        expect(error).not.toBeInstanceOf(ConfigurationError)
        expect(error.message).toContain('ECONNREFUSED')
      }
      await absent.restart()
      expect(left(await storage.evaluate([entry('a')]))).toBe(4)
    })

    test('a server that was killed and is back is used again, without the script and without what was counted', async () => {
      const mortal = await start()
      const storage = open(mortal.uri)
      await storage.evaluate([entry('a')])
      await mortal.restart()
      // Whether the loss is known by now is a matter of luck; what is decided afterwards is decided right.
      await Promise.resolve(storage.evaluate([entry('b')])).catch(() => {})
      expect(left(await storage.evaluate([entry('a')]))).toBe(4)
    })

    test('a script that was flushed is sent again', async () => {
      const storage = open(server.uri)
      expect(left(await storage.evaluate([entry('flushed')]))).toBe(4)
      await admin.script('FLUSH')
      expect(left(await storage.evaluate([entry('flushed')]))).toBe(3)
    })

    test('a connection that is reset in mid-reply fails what is under way, which was charged once', async () => {
      const proxy = await startProxy(server.port)
      const storage = open(`redis://127.0.0.1:${proxy.port}`)
      await storage.evaluate([entry('reset')])
      proxy.resetInMidReply(7)
      await expect(storage.evaluate([entry('reset')])).rejects.toThrow()
      expect(left(await storage.evaluate([entry('reset')]))).toBe(2)
      expect(proxy.connections).toBe(2)
      await proxy.close()
    })

    test('what a lost connection had not delivered is not sent on the next one', async () => {
      const proxy = await startProxy(server.port)
      const storage = open(`redis://127.0.0.1:${proxy.port}`)
      await storage.evaluate([entry('lost')])
      proxy.swallow(true)
      const lost = Promise.allSettled([storage.evaluate([entry('lost')])])
      // It has been written, though nobody will read it, once a later turn is over.
      await new Promise((resolve) => setImmediate(() => setImmediate(() => setImmediate(resolve))))
      proxy.swallow(false)
      proxy.reset()
      expect((await lost)[0].status).toBe('rejected')
      expect(left(await storage.evaluate([entry('lost')]))).toBe(3)
      await proxy.close()
    })

    test('a server that stands still answers later, and nothing is asked twice', async () => {
      const still = await start()
      const storage = open(still.uri)
      await storage.evaluate([entry('a')])
      still.pause()
      const late = storage.evaluate([entry('a')])
      still.resume()
      expect(left(await late)).toBe(3)
      expect(left(await storage.evaluate([entry('a')]))).toBe(2)
    })

    test('a server without memory fails what would be written, and spends nothing', async () => {
      const full = await start()
      const storage = open(full.uri)
      await storage.evaluate([entry('a'), entry('b', { strategy: 'moving-window' })])
      const control = new Redis(full.port)
      await control.config('SET', 'maxmemory', '1')
      const error = await failure(storage)
      expect(error).not.toBeInstanceOf(ConfigurationError)
      expect(error.message).toContain('OOM')
      await control.config('SET', 'maxmemory', '0')
      control.disconnect()
      const { verdicts } = await storage.evaluate([
        entry('a', { cost: 0 }),
        entry('b', { strategy: 'moving-window', cost: 0 }),
      ])
      expect(verdicts.map(({ remaining }) => remaining)).toEqual([4, 4])
    })

    test('a read-only replica fails what would be written', async () => {
      const replica = await start('--replicaof', '127.0.0.1', String(server.port))
      const error = await failure(open(replica.uri))
      expect(error).not.toBeInstanceOf(ConfigurationError)
      expect(error.message).toMatch(/READONLY|LOADING|MASTERDOWN/)
    })

    test('forget and reset say how it went, also where there is nobody', async () => {
      const storage = open(server.uri)
      await storage.evaluate(Array.from({ length: 2500 }, (_, i) => entry(`many ${i}`)))
      await storage.forget(['many 0', 'many 1', 'unknown'])
      expect(await storage.reset('many ')).toBe(2498)
      expect(await storage.reset('many ')).toBe(0)
      const absent = await start()
      await absent.kill()
      const lost = open(absent.uri)
      await expect(lost.forget(['a'])).rejects.toThrow('ECONNREFUSED')
      await expect(lost.reset('')).rejects.toThrow('ECONNREFUSED')
      await expect(lost.ping()).rejects.toThrow('ECONNREFUSED')
      await lost.forget([])
    })
  })
}
