import { Agent, createServer, request as httpRequest, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AdapterApp, Answer } from './harness.ts'

/** Carries what a request from this machine does not have by itself: a number, and the address of its client. */
const DISGUISE = 'x-contract-request'

/** Less than runners give a test, so that it is told what was missing. */
const ANSWER_WITHIN_MS = 4_000

/** Serves a listener of `node:http` on a free port of this machine, for harnesses of frameworks that run on it. */
export async function serve(listener: RequestListener): Promise<Pick<AdapterApp, 'request' | 'close'>> {
  const waiting = new Map<string, () => void>()
  let count = 0
  const server = createServer((request, response) => {
    const [id, remoteAddress] = takeDisguise(request)
    response.once('close', () => waiting.get(id)?.())
    Object.defineProperty(request.socket, 'remoteAddress', { value: remoteAddress, configurable: true })
    listener(request, response)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const agent = new Agent({ keepAlive: true })

  return {
    async request(method, path, { headers = {}, remoteAddress = '192.0.2.1', signal } = {}) {
      count += 1
      const id = String(count)
      // What follows the response, such as a late charge, has begun when the server is done with it.
      const done = new Promise<void>((resolve) => waiting.set(id, resolve))
      const timeout = AbortSignal.timeout(ANSWER_WITHIN_MS)
      const answer = await new Promise<Answer>((resolve, reject) => {
        httpRequest({
          host: '127.0.0.1',
          port,
          method,
          path,
          agent,
          headers: { ...headers, [DISGUISE]: `${id} ${remoteAddress}` },
          signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
        })
          .once('error', reject)
          .once('response', (message) => read(message).then(resolve, reject))
          .end()
      })
      await done
      waiting.delete(id)
      return answer
    },
    async close() {
      agent.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}

function takeDisguise(request: IncomingMessage): [id: string, remoteAddress: string] {
  const [id = '', remoteAddress = ''] = String(request.headers[DISGUISE]).split(' ')
  delete request.headers[DISGUISE]
  return [id, remoteAddress]
}

async function read(message: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  const headers = new Map<string, string[]>()
  for (let index = 0; index + 1 < message.rawHeaders.length; index += 2) {
    const name = message.rawHeaders[index]!.toLowerCase()
    headers.set(name, [...(headers.get(name) ?? []), message.rawHeaders[index + 1]!])
  }
  return { status: message.statusCode ?? 0, headers, body: Buffer.concat(chunks).toString() }
}
