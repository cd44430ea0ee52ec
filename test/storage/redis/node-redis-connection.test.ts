import { createClient } from 'redis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadNodeRedis } from '../../../src/storage/redis/clients/node-redis-connection.ts'
import { describeWithOwn } from '../../servers/describe-with.ts'
import { type RedisServer, startServer } from '../../servers/redis-server.ts'

describeWithOwn('redis-server', 'a connection through node-redis', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server.stop())

  /** `createClient` makes a class of all commands, in which time the process does nothing else, and keeps the last one that it made. */
  const classOf = (): unknown => createClient({ name: 'the app' }).constructor

  test('is opened without another class of all commands for its address', async () => {
    const connect = await loadNodeRedis()
    const kept = classOf()
    for (const host of ['localhost', '127.0.0.1']) {
      const address = { host, port: server.port }
      const endpoint = {
        address,
        username: undefined,
        password: undefined,
        db: 0,
        tls: undefined,
        connectTimeout: 2000,
      }
      const connection = await connect(endpoint, new AbortController().signal)
      expect(await connection.send([['PING']])[0]).toBe('PONG')
      connection.close()
    }
    expect(classOf()).toBe(kept)
  })
})
