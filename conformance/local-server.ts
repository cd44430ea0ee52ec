import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { ANSWER_WITHIN_MS, type PlayedResponse } from './adapter.ts'
import type { RequestStep } from './format.ts'

/**
 * Carries what plain HTTP from this machine cannot: an address of the client, and header values as the recorded program saw
 * them (HTTP strips their outer spaces and has no letters beyond Latin-1). The application never sees it.
 */
const DISGUISE = 'x-conformance-disguise'

interface Disguise {
  readonly remoteAddress: string
  readonly headers: Readonly<Record<string, string>>
}

/** An application served on 127.0.0.1. */
export class LocalServer {
  readonly #server: Server
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(listener: RequestListener): Promise<LocalServer> {
    const server = createServer((request, response) => {
      putOnDisguise(request)
      listener(request, response)
    })
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
    return new LocalServer(server)
  }

  /** Plays a step. Resolves when the answer is there and the server is done with it. */
  async request({ method, path, headers, remoteAddr }: RequestStep): Promise<PlayedResponse> {
    const disguise: Disguise = {
      remoteAddress: remoteAddr ?? '127.0.0.1',
      headers: { Accept: 'text/html', ...headers },
    }
    const done = new Promise<void>((resolve) =>
      this.#server.once('request', (_request, response) => response.once('close', resolve)),
    )
    const response = await new Promise<PlayedResponse>((resolve, reject) => {
      const request = httpRequest({
        host: '127.0.0.1',
        port: (this.#server.address() as AddressInfo).port,
        method: method ?? 'GET',
        path: path.replaceAll(/[^\x21-\x7e]+/g, encodeURIComponent),
        agent: this.#agent,
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
        headers: { [DISGUISE]: encodeURIComponent(JSON.stringify(disguise)) },
      })
      request.once('error', reject)
      request.once('response', (message) => {
        const chunks: Buffer[] = []
        message.on('data', (chunk: Buffer) => chunks.push(chunk))
        message.once('error', reject)
        message.once('end', () =>
          resolve({
            status: message.statusCode ?? 0,
            headers: headersOf(message),
            body: Buffer.concat(chunks).toString(),
          }),
        )
      })
      request.end()
    })
    await done
    return response
  }

  async close(): Promise<void> {
    this.#agent.destroy()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

function putOnDisguise(request: IncomingMessage): void {
  const { remoteAddress, headers } = JSON.parse(decodeURIComponent(String(request.headers[DISGUISE]))) as Disguise
  delete request.headers[DISGUISE]
  request.rawHeaders.splice(request.rawHeaders.indexOf(DISGUISE), 2)
  for (const [name, value] of Object.entries(headers)) {
    request.headers[name.toLowerCase()] = value
    request.rawHeaders.push(name, value)
  }
  Object.defineProperty(request.socket, 'remoteAddress', { value: remoteAddress, configurable: true })
}

function headersOf(message: IncomingMessage): Map<string, string[]> {
  const headers = new Map<string, string[]>()
  for (let index = 0; index + 1 < message.rawHeaders.length; index += 2) {
    const name = message.rawHeaders[index]!.toLowerCase()
    headers.set(name, [...(headers.get(name) ?? []), message.rawHeaders[index + 1]!])
  }
  return headers
}
