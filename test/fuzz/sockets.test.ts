import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import express from 'express'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { createLimiter as expressLimiter, remoteAddress as expressAddress } from '../../src/adapters/express/index.ts'
import { createLimiter as httpLimiter, remoteAddress as httpAddress } from '../../src/adapters/http/index.ts'
import { ManualClock } from '../../src/testing/index.ts'
import { law } from './law.ts'
import { anyText, mutated } from './texts.ts'

const header = fc.oneof(
  fc.constantFrom(
    'Connection: close', 'Connection: keep-alive', 'Connection: upgrade', 'Upgrade: websocket', 'Content-Length: 3', 'Content-Length: 0',
    'Content-Length: 3, 3', 'Content-Length: -1', 'Transfer-Encoding: chunked', 'Transfer-Encoding: gzip', 'Expect: 100-continue',
    'Expect: x', 'Host: other', 'Accept: text/html', 'Accept: application/json;q=x,,;', 'X-Forwarded-For: 10.0.0.1, [::1]:5, %',
    'X-Forwarded-For: ,,,', 'X-Forwarded-For: __proto__', '__proto__: x', 'constructor: x', 'Retry-After: x', ': x', 'A : b',
  ),
  anyText.map((text) => `X-Forwarded-For: ${text}`),
  anyText.map((text) => `Accept: ${text}`),
  fc.constant(`X-Long: ${'x'.repeat(20_000)}`),
) // prettier-ignore
const requestLine = fc
  .tuple(
    fc.constantFrom('GET', 'GET', 'GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'TRACE', 'CONNECT', 'M-SEARCH', 'PURGE', 'QUERY', 'get', 'FOO', ''),
    fc.oneof(
      fc.constantFrom(
        '/', '/', '/a', '/items/1', '/items/%zz', '/items/%E0%A4%A', '/items/%00', '/items/%2F..%2F', '/m/1/deep', '/m/%/deep', '/body', '/late',
        '//a', '/a/', '/a?x=%', '/a#b', 'http://other/a', 'http://', 'http://[::1', '*', 'a', '', '/none', '/items/__proto__', '/\xff', `/${'y'.repeat(9000)}`,
      ),
      mutated(fc.constantFrom('/items/1', '/m/1/deep', 'http://other/a')),
    ),
    fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/0.9', ''),
  )
  .map((words) => words.join(' ')) // prettier-ignore
const body = fc.constantFrom('', '', 'abc', 'abcd', 'ab', '3\r\nabc\r\n0\r\n\r\n', 'x\r\n', '3\r\nab')
const message = fc
  .tuple(requestLine, fc.array(header, { maxLength: 3 }), body)
  .map(([line, headers, content]) => `${[line, 'Host: localhost', ...headers].join('\r\n')}\r\n\r\n${content}`)
/** Several requests sent at once, whole or broken. */
const messages = fc
  .array(fc.oneof({ weight: 4, arbitrary: message }, { weight: 1, arbitrary: mutated(message) }), {
    minLength: 1,
    maxLength: 4,
  })
  .map((all) => all.join(''))

type Limits = 'none' | 'wide' | 'narrow'

/** Reads the body, whether somebody has it all or breaks off. */
function readBody(request: IncomingMessage, response: ServerResponse): void {
  request
    .on('error', () => {})
    .resume()
    .on('end', () => response.end('read'))
}

function expressApp(limits: Limits): RequestListener {
  const app = express()
  app.set('trust proxy', 'loopback')
  if (limits !== 'none') {
    const limiter = expressLimiter({ key: expressAddress, ...common(limits) })
    limiter.init(app)
    app.use(limiter.limit(limits === 'wide' ? '1000000/second' : '3/hour', { methods: ['POST'] }))
  }
  const router = express.Router({ mergeParams: true })
  router.get('/deep', (_request, response) => void response.json({}))
  app.get('/', (_request, response) => void response.send('ok'))
  app.all('/a', (_request, response) => void response.status(201).end())
  app.get('/items/:id', (request, response) => void response.send(request.params.id))
  app.use('/m/:x', router)
  app.all('/body', readBody)
  app.get('/late', (_request, response) => void setImmediate(() => response.send('late')))
  return app
}

function httpApp(limits: Limits): RequestListener {
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.url === '/body') readBody(request, response)
    else if (request.url === '/late') setImmediate(() => response.end('late'))
    else response.writeHead(request.url === '/none' ? 404 : 200, 'Fine', { 'X-A': 'b' }).end('ok')
  }
  if (limits === 'none') return listener
  const limiter = httpLimiter({ key: httpAddress, trustProxy: ['loopback'], ...common(limits) })
  const endpoint = ({ method, url }: IncomingMessage): string =>
    url === '/none' ? '' : `${method} ${url?.startsWith('/items/') ? '/items/:id' : url}`
  return limiter.handler({ endpoint }, listener) as RequestListener
}

function common(limits: Limits) {
  const notation = limits === 'wide' ? '1000000/second' : '3/hour'
  return {
    defaultLimits: [notation, { limit: notation, deductWhen: () => true, scope: 'late' }],
    unmatchedLimits: [notation],
    headers: ['legacy', 'standard'] as const,
    clock: new ManualClock(),
    logger: {},
  }
}

describe.each([
  ['Express', expressApp],
  ['node:http', httpApp],
] as const)('%s, with and without a limiter', (_, create) => {
  const servers: Server[] = []
  beforeAll(async () => {
    for (const limits of ['none', 'wide', 'narrow'] as const) {
      const server = createServer(create(limits))
      // So that what is still to be answered is answered, although the client has said all it wants to say.
      Object.assign(server, { httpAllowHalfOpen: true })
      await once(server.listen(0, '127.0.0.1'), 'listening')
      servers.push(server)
    }
  })
  afterAll(() => {
    for (const server of servers) server.close().closeAllConnections()
  })

  law(
    'any bytes get the same statuses, or 429',
    messages,
    async (bytes) => {
      const [none, wide, narrow] = await Promise.all(servers.map(async (server) => statuses(server, bytes)))
      if (!none || !wide || !narrow) return
      expect(wide).toEqual(none)
      // What cannot be parsed ends the connection, before what the app would answer late, and after what is refused at once.
      const isBroken = none.includes(400)
      if (!isBroken) expect(narrow.length).toBe(none.length)
      for (const [i, status] of narrow.entries()) expect(isBroken ? [...none, 429] : [none[i], 429]).toContain(status)
    },
    { slowness: 4, regressions: ['GET /late HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabcd'] },
  )

  law(
    'whoever hangs up, at any byte, leaves a server that answers',
    fc.tuple(messages, fc.nat(400)),
    async ([bytes, most]) => {
      for (const server of servers) {
        const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {})
        await once(socket, 'connect')
        socket.write(bytes.slice(0, most), 'latin1', () => socket.destroy())
        await once(socket, 'close')
        const answer = await statuses(server, 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
        expect([[200], [429]]).toContainEqual(answer)
      }
    },
    { slowness: 8 },
  )
})

/** The statuses of the answers to these bytes, once the server has nothing more to say; undefined where it cut the connection, which can cut off answers. */
async function statuses(server: Server, bytes: string): Promise<number[] | undefined> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  let answers = ''
  let isCut = false
  socket.on('data', (chunk: Buffer) => (answers += chunk.toString('latin1'))).on('error', () => (isCut = true))
  socket.end(bytes, 'latin1')
  await new Promise((resolve) => {
    socket.once('close', resolve)
  })
  return isCut ? undefined : Array.from(answers.matchAll(/HTTP\/1\.1 (\d{3}) /g), ([, status]) => Number(status))
}
