import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { Listener, NodeHttpLimiterOptions } from '../../../src/adapters/http/index.ts'
import { headerOf, type TestApp } from '../../../src/testing/adapter-contract/stage.ts'
import { MoodyStorage } from '../../../src/testing/adapter-contract/storages.ts'
import { type Answer, expectHeadersOn, testAnswers } from '../answers.ts'
import { NODE_ANSWERS } from '../node-answers.ts'
import { limiterWith, type Log, once, served } from './playground.ts'

const FILE = readFileSync(fileURLToPath(import.meta.url), 'utf8')

type Handler = (response: ServerResponse) => unknown

const ANSWERS: readonly Answer<Handler>[] = [
  ...NODE_ANSWERS,
  ['end with all of a file', FILE, (response) => response.end(FILE)],
]

async function open(answer: Handler, options: Partial<NodeHttpLimiterOptions> = {}, log: Log = []): Promise<TestApp> {
  const limiter = limiterWith({ defaultLimits: ['5 per minute'], headers: 'legacy', ...options }, log)
  return served(limiter.handler({ endpoint: 'GET /a' }, (_request, response) => void answer(response)))
}

describe('answers of node:http', () => {
  testAnswers(ANSWERS, open, ({ statusCode }: ServerResponse) => statusCode)

  test('without a body have the headers', async () => {
    const statuses = [204, 302, 304, 404]
    await expectHeadersOn(
      statuses.map((status): readonly [number, Handler] => [status, (response) => response.writeHead(status).end()]),
      open,
    )
  })
})

test('deductWhen sees the status that writeHead is given', async () => {
  const seen: number[] = []
  const play = await open((response) => response.writeHead(418).end(), {
    defaultLimitsDeductWhen: ({ statusCode }) => seen.push(statusCode) > 0,
  })
  await play.expect('/a', 418)
  expect(seen).toEqual([418])
})

test('a header of the same name that the listener gives to writeHead is there once', async () => {
  const play = await open((response) => response.writeHead(200, { 'X-RateLimit-Limit': 'mine' }).end())
  expect(await play.header('/a', 'X-RateLimit-Limit')).toBe('mine')
})

test('what wraps the methods of the response before or after goes on working', async () => {
  const shouting = (response: ServerResponse): void => {
    const { end } = response
    response.end = ((chunk: string) => {
      response.setHeader('X-Wrapped', 'yes')
      return end.call(response, chunk.toUpperCase(), 'utf8')
    }) as ServerResponse['end']
  }
  const options = { defaultLimits: ['5 per minute'], headers: 'legacy', defaultLimitsDeductWhen: () => true } as const
  for (const mood of ['now', 'later'] as const) {
    const inside: Listener = (_request, response) => {
      shouting(response)
      response.end('text')
    }
    const limited = limiterWith({ ...options, storage: new MoodyStorage(mood) }).handler({ endpoint: 'a' }, inside)
    const plain = limiterWith({ ...options, storage: new MoodyStorage(mood) }).handler(
      { endpoint: 'a' },
      (_request, response) => response.end('text'),
    )
    const outside: Listener = (request, response) => {
      shouting(response)
      return plain(request, response)
    }
    for (const listener of [limited, outside]) {
      const reply = await (await served(listener)).send('/a')
      expect([headerOf(reply, 'X-Wrapped'), headerOf(reply, 'X-RateLimit-Remaining'), reply.body]).toEqual([
        'yes',
        '4',
        'TEXT',
      ])
    }
  }
})

test('headers that were set before stay on a refusal; those of a body go', async () => {
  const limited = limiterWith({ defaultLimits: [once] }).handler({ endpoint: 'a' }, (_request, response) => {
    response.removeHeader('Content-Encoding')
    response.end('ok')
  })
  const play = await served((request, response) => {
    response.setHeader('Access-Control-Allow-Origin', '*')
    response.setHeader('Content-Encoding', 'br')
    return limited(request, response)
  })
  await play.expect('/a', 'ok')
  const refused = await play.send('/a')
  const names = ['Access-Control-Allow-Origin', 'Content-Encoding', 'Content-Length']
  expect([refused.status, ...names.map((name) => headerOf(refused, name))]).toEqual([429, '*', undefined, '14'])
})

test('a late charge that fails when the answer is under way is logged', async () => {
  const log: Log = []
  const storage = new MoodyStorage()
  const answer = (response: ServerResponse): void => {
    storage.mood = 'fails'
    response.write('one ')
    response.end('two')
  }
  const play = await open(answer, { storage, defaultLimitsDeductWhen: () => true }, log)
  await play.expect('/a', 'one two')
  expect(log).toEqual(['error deduct-failed-swallowed'])
})

test('what is written after a refused answer does no harm', async () => {
  const limiter = limiterWith()
  const block = limiter.limit(once)
  const listener = limiter.handler({ endpoint: 'a' }, async (request, response) => {
    setImmediate(() => {
      if (response.write('late ')) response.end('too late')
    })
    await block.check(request)
  })
  const play = await served(listener)
  await play.expect('/a', 'late too late')
  await play.expect('/a', [once, once])
})

test('a refusal by check() while the answer streams breaks it off', async () => {
  const limiter = limiterWith()
  const block = limiter.limit(once)
  const listener = limiter.handler({ endpoint: 'a' }, async (request, response) => {
    response.write('one ')
    await block.check(request)
    response.end('two')
  })
  const play = await served(listener)
  await play.expect('/a', 'one two')
  await expect(play.send('/a')).rejects.toThrow(/aborted|hang up/)
})

test('a headers function that fails is logged, and hangs nothing', async () => {
  const log: Log = []
  const headers = () => {
    throw new Error('boom')
  }
  await (await open((response) => response.end('ok'), { headers }, log)).expect('/a', 'ok')
  expect(log).toEqual(['error headers-failed-swallowed'])
})
