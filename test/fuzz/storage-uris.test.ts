import fc from 'fast-check'
import { expect, test } from 'vitest'
import { redact } from '../../src/storage/redact.ts'
import { parseRedisUri } from '../../src/storage/redis/redis-uri.ts'
import { openStorage, type StorageSource } from '../../src/storage/uri.ts'
import { answerOrError, law, LONG } from './law.ts'
import { anyText, anyValue, mutated, pumped } from './texts.ts'

const scheme = fc.constantFrom(
  'redis',
  'rediss',
  'redis+cluster',
  'redis+sentinel',
  'redis+unix',
  'valkey',
  'valkeys',
  'REDIS',
)
const host = fc.constantFrom('localhost', '127.0.0.1:6379', '[::1]:7000', 'a,b:1', '', 'h:0', 'h:99999')
const tail = fc.constantFrom('', '/', '/0', '/15', '/mymaster', '/run/redis.sock', '?db=1', '/?db=x', '#x', '/a/b')
const uri = fc
  .tuple(scheme, fc.constantFrom('', 'user:pw@', ':pw@', 'u%40:p%2F@'), host, tail)
  .map(([name, user, at, rest]) => `${name}://${user}${at}${rest}`)

law('an address of Redis is understood, or is an error of ours', fc.oneof(mutated(uri), anyText), (text) => {
  const read = answerOrError(() => parseRedisUri(text))
  if (!read) return
  for (const { host: name, port } of read.addresses) {
    expect(name).not.toBe('')
    expect(port).toBeGreaterThan(0)
    expect(port).toBeLessThan(65_536)
  }
})

law(
  'a password is in no message',
  fc.tuple(scheme, host, tail, fc.constantFrom('', 'x', '|', ':', '%zz', '?', '#', ' ')),
  ([name, at, rest, odd]) => {
    for (const text of [
      `${name}://user:${odd}SECRET@${at}${rest}`,
      `x${name}://:SECRET${odd}@${at}${rest}`,
      `${name}://${at}/?password=SECRET`,
    ]) {
      expect(redact(text)).not.toContain('SECRET')
      try {
        openStorage(text)
      } catch (error) {
        expect((error as Error).message).not.toContain('SECRET')
      }
    }
  },
)

law(
  'whatever is given as a storage is opened, or is an error of ours',
  fc.tuple(
    fc.oneof(
      anyValue,
      mutated(uri),
      fc.record({ uri: fc.oneof(anyValue, uri, fc.constant('memory://')), maxKeys: anyValue }, { requiredKeys: [] }),
    ),
    fc.dictionary(fc.oneof(anyText, fc.constantFrom('maxKeys', 'db', 'tls', 'client')), anyValue),
  ),
  ([source, options]) => {
    const storage = answerOrError(() => openStorage(source as StorageSource, options))
    if (storage) expect(typeof storage.evaluate).toBe('function')
  },
  {
    regressions: [
      [Object.create(null), {}],
      ['memory://', { maxKeys: Object.create(null) }],
      ['redis://', { db: 5n }],
      [{ uri: 5n }, {}],
      [null, {}],
    ],
  },
)

test(
  'long addresses do not take long',
  () => {
    for (const text of pumped(
      ['', 'redis://', 'redis://u:', 'redis://h/'],
      [':', '@', '/', 'a', 'a@', '%', '?', ',', '[', 'h:1,'],
      ['', '@', '#', '?'],
    )) {
      answerOrError(() => parseRedisUri(text))
      answerOrError(() => openStorage(text))
    }
  },
  LONG,
)
