import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request as httpRequest, type IncomingMessage, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** What a listener answers to two requests over a Unix socket, on which clients have no address. */
export async function answersOnUnixSocket(
  listener: RequestListener,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
  const socketPath = join(folder, 'socket')
  const server = createServer(listener).listen(socketPath)
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    rmSync(folder, { recursive: true })
  })
  const answers: string[] = []
  for (let time = 0; time < 2; time += 1) {
    const request = httpRequest({ socketPath, path, headers, agent: false }).end()
    const [message] = (await once(request, 'response')) as [IncomingMessage]
    answers.push(Buffer.concat(await message.toArray()).toString())
  }
  return answers
}
