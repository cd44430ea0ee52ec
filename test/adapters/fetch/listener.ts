import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Fetch } from './router.ts'

/** Serves what turns a `Request` into a `Response` by `node:http`, and hands it Node's own request too. What it throws is answered by 500. */
export function listenerOf(fetch: Fetch<IncomingMessage>): RequestListener {
  const answer = async (incoming: IncomingMessage): Promise<Response> => {
    try {
      return await fetch(toRequest(incoming), incoming)
    } catch {
      return new Response('Internal Server Error', { status: 500 })
    }
  }
  return (incoming, outgoing) => {
    answer(incoming)
      .then(async (response) => send(response, outgoing))
      .catch(() => outgoing.destroy())
  }
}

function toRequest({ method = 'GET', url = '/', headers }: IncomingMessage): Request {
  const sent = Object.entries(headers).map(([name, value]) => [name, toLatin1(String(value))] as [string, string])
  return new Request(`http://localhost${url}`, { method, headers: sent })
}

function toLatin1(text: string): string {
  return Buffer.from(text).toString('latin1')
}

async function send(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(response.status, [...response.headers].flat())
  if (response.body) await pipeline(Readable.fromWeb(response.body), outgoing)
  else outgoing.end()
}
