import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** The address of a listener that is served until the test is over. */
export async function addressOf(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Posts a body that arrives byte by byte, long after the head. Answers the text that comes back. */
export async function postInPieces(
  url: string | URL,
  text: string,
  headers: Readonly<Record<string, string>>,
): Promise<string> {
  const body = new ReadableStream({
    async start(controller) {
      for (const byte of new TextEncoder().encode(text)) {
        await new Promise(setImmediate)
        controller.enqueue(new Uint8Array([byte]))
      }
      controller.close()
    },
  })
  const init = { method: 'POST', headers, body, duplex: 'half' }
  return (await fetch(url, init as RequestInit)).text()
}
