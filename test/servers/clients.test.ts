import { Logger } from '@valkey/valkey-glide'
import { afterEach, describe, expect, test } from 'vitest'
import { ConfigurationError } from '../../src/errors.ts'
import { parseLimit } from '../../src/limit/parse-limits.ts'
import type { Entry, Storage } from '../../src/storage/storage.ts'
import { openStorage } from '../../src/storage/uri.ts'
import { storageContract } from '../../src/testing/index.ts'
import { describeWith, whyWithout } from './describe-with.ts'
import { startServer } from './redis-server.ts'

// It prints whatever it meets.
Logger.setLoggerConfig('off')

const ENTRY: Entry = { key: 'a', limit: parseLimit('100/hour'), strategy: 'fixed-window', cost: 1, role: 'limit' }

const LIBRARIES = ['ioredis', 'redis', 'iovalkey', '@valkey/valkey-glide'] as const

describe.each(['redis-server', 'valkey-server'] as const)('on %s', (program) => {
  const cannotHarm = whyWithout(program)
  for (const client of LIBRARIES) {
    describeWith(program, `through ${client}`, (server) => {
      const opened: Storage[] = []
      afterEach(async () => void (await Promise.all(opened.splice(0).map((storage) => storage.close()))))

      function open(uri = server().uri): Storage {
        const storage = openStorage(uri, { client })
        opened.push(storage)
        return storage
      }

      describe('the storage keeps the contract', () => {
        for (const { name, run } of storageContract({ open })) test(name, run)
      })

      test('a script that the server does not know is sent to it', async () => {
        const [admin] = server().admins
        await admin!.script('FLUSH')
        const storage = open()
        expect((await storage.evaluate([ENTRY])).allowed).toBe(true)
        await admin!.script('FLUSH')
        expect((await storage.evaluate([ENTRY])).allowed).toBe(true)
      })

      test('a wrong password and a missing permission are configuration errors', async ({ skip }) => {
        skip(cannotHarm !== undefined, cannotHarm)
        const users = ['--user', 'app', 'on', '>right', '~*', '+@all', '-@scripting', '--user', 'default', 'off']
        const guarded = await startServer(users, program)
        for (const [password, advice] of [
          ['wrong', 'the user or the password is wrong'],
          ['right', 'this user may not do'],
        ] as const) {
          const error = await Promise.resolve(
            open(`redis://app:${password}@127.0.0.1:${guarded.port}`).evaluate([ENTRY]),
          ).catch((reason: unknown) => reason)
          expect(error).toBeInstanceOf(ConfigurationError)
          expect((error as Error).message).toContain(advice)
        }
        await guarded.stop()
      })

      test('a server that was away is used again', async ({ skip }) => {
        skip(cannotHarm !== undefined, cannotHarm)
        const mortal = await startServer([], program)
        const storage = open(mortal.uri)
        await storage.evaluate([ENTRY])
        await mortal.kill()
        await expect(storage.evaluate([ENTRY])).rejects.toThrow()
        await mortal.restart()
        await storage.ping()
        expect((await storage.evaluate([ENTRY])).verdicts[0]!.remaining).toBe(99)
        await mortal.stop()
      })
    })
  }
})
