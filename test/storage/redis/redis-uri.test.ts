import { describe, expect, test } from 'vitest'
import { ConfigurationError } from '../../../src/errors.ts'
import { parseRedisUri, type RedisUri, REDIS_SCHEMES } from '../../../src/storage/redis/redis-uri.ts'

const nothing: RedisUri = {
  kind: 'single',
  product: 'redis',
  addresses: [{ host: 'localhost', port: 6379 }],
  path: undefined,
  service: undefined,
  username: undefined,
  password: undefined,
  db: undefined,
  tls: false,
}

test.each<[string, Partial<RedisUri>]>([
  ['redis://', {}],
  ['REDIS://cache', { addresses: [{ host: 'cache', port: 6379 }] }],
  ['redis://:7000', { addresses: [{ host: 'localhost', port: 7000 }] }],
  ['valkey://cache:6380/2', { product: 'valkey', addresses: [{ host: 'cache', port: 6380 }], db: 2 }],
  ['rediss://cache', { addresses: [{ host: 'cache', port: 6379 }], tls: true }],
  ['valkeys://cache/', { product: 'valkey', addresses: [{ host: 'cache', port: 6379 }], tls: true }],
  ['redis://[::1]', { addresses: [{ host: '::1', port: 6379 }] }],
  [
    'redis://user:pw@[2001:db8::7]:65535/0',
    { addresses: [{ host: '2001:db8::7', port: 65_535 }], username: 'user', password: 'pw', db: 0 },
  ],
  ['redis://:p%40ss%2Fw%3Ard@cache', { addresses: [{ host: 'cache', port: 6379 }], password: 'p@ss/w:rd' }],
  [
    'redis://us%3Aer:p@ss:w?o#rd@cache',
    { addresses: [{ host: 'cache', port: 6379 }], username: 'us:er', password: 'p@ss:w?o#rd' },
  ],
  ['redis://cache?db=3', { addresses: [{ host: 'cache', port: 6379 }], db: 3 }],
  ['redis+unix:///run/redis.sock', { kind: 'unix', addresses: [], path: '/run/redis.sock' }],
  [
    'valkey+unix://:pw@/run/a%20b.sock?db=4',
    { kind: 'unix', product: 'valkey', addresses: [], path: '/run/a b.sock', password: 'pw', db: 4 },
  ],
  [
    'redis+sentinel://a,b:26380,[::1]:26381/mymaster',
    {
      kind: 'sentinel',
      addresses: [
        { host: 'a', port: 26_379 },
        { host: 'b', port: 26_380 },
        { host: '::1', port: 26_381 },
      ],
      service: 'mymaster',
    },
  ],
  [
    'valkey+sentinel://u:p@a/m?db=1',
    {
      kind: 'sentinel',
      product: 'valkey',
      addresses: [{ host: 'a', port: 26_379 }],
      service: 'm',
      username: 'u',
      password: 'p',
      db: 1,
    },
  ],
  [
    'redis+cluster://a:7000,b:7001',
    {
      kind: 'cluster',
      addresses: [
        { host: 'a', port: 7000 },
        { host: 'b', port: 7001 },
      ],
    },
  ],
  [
    'redis cluster://a:7000,b',
    {
      kind: 'cluster',
      addresses: [
        { host: 'a', port: 7000 },
        { host: 'b', port: 6379 },
      ],
    },
  ],
  [
    'valkey+cluster://:pw@a/',
    { kind: 'cluster', product: 'valkey', addresses: [{ host: 'a', port: 6379 }], password: 'pw' },
  ],
])('%s is understood', (uri, expected) => {
  expect(parseRedisUri(uri)).toEqual({ ...nothing, ...expected })
})

describe('what cannot be used is a configuration error that says what was expected', () => {
  test.each([
    ['redis://localhost:70002', 'the port must be a number from 1 to 65535, got "70002"'],
    ['redis://localhost:0', 'got "0"'],
    ['redis://localhost:', 'got ""'],
    ['redis://localhost:6379x', 'got "6379x"'],
    ['redis+cluster://a:7000,b:70001', 'got "70001"'],
    ['redis+cluster://a:7000,', '"" has no host'],
    ['redis://::1:6379', 'an IPv6 address stands in brackets'],
    ['redis://a,b', 'several servers are a cluster (redis+cluster://) or Sentinels (redis+sentinel://)'],
    ['redis://localhost/first', 'the database must be a number from 0 on, got "first"'],
    ['redis://localhost?db=-1', 'got "-1"'],
    ['redis://localhost?database=1', 'there is no parameter "database"'],
    ['redis://user@localhost', 'a user needs a password'],
    ['redis://:100%@localhost', 'a % must be followed by two hexadecimal digits'],
    ['redis+unix://localhost/run/redis.sock', 'a Unix socket has a path and no host'],
    ['redis+unix://', 'a Unix socket has a path and no host'],
    ['redis+sentinel://localhost', 'the name of the master is missing'],
    ['redis+sentinel://localhost/a/b', 'the name of the master is missing'],
    ['redis+cluster://localhost/1', 'a cluster has no databases'],
    ['redis+tls://localhost', 'use one of redis://'],
    ['redis:localhost', 'it must look like redis://user:password@host:6379/0'],
  ])('%s', (uri, message) => {
    expect(() => parseRedisUri(uri)).toThrow(ConfigurationError)
    expect(() => parseRedisUri(uri)).toThrow(message)
  })

  test.each([
    'redis://user:secret@host:70002',
    'redis://user:sec/ret@host',
    'redis://user:secret/@host',
    'redis+cluster://:secret@a:0',
  ])('%s is told without the password', (uri) => {
    expect(() => parseRedisUri(uri)).toThrow(
      expect.objectContaining({ message: expect.not.stringMatching(/secret|sec|ret"/) as string }),
    )
  })
})

test('every scheme is there for Redis and for Valkey', () => {
  expect(REDIS_SCHEMES).toEqual([
    'redis',
    'rediss',
    'redis+unix',
    'redis+sentinel',
    'redis+cluster',
    'redis cluster',
    'valkey',
    'valkeys',
    'valkey+unix',
    'valkey+sentinel',
    'valkey+cluster',
    'valkey cluster',
  ])
})
