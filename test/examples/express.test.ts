import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { ROOT } from '../repository.ts'

/** Starts the example on a port; 0: any that is free. It imports the built package. */
function start(port: number): ChildProcessByStdio<null, Readable, Readable> {
  const child = spawn(process.execPath, [join(ROOT, 'examples/express/server.js')], {
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill())
  return child
}

/** The addresses that the example says to try, by path. */
async function printedUrls(child: ChildProcessByStdio<null, Readable, Readable>): Promise<Record<string, string>> {
  let printed = ''
  for await (const chunk of child.stdout) {
    printed += String(chunk)
    if (printed.includes('Ctrl-C')) break
  }
  const urls = [...printed.matchAll(/curl -i (http:\S+)/g)].map(([, url = '']) => url)
  return Object.fromEntries(urls.map((url) => [new URL(url).pathname, url]))
}

async function get(url = ''): Promise<{ status: number; body: string; retryAfter: number }> {
  const response = await fetch(url)
  return {
    status: response.status,
    body: await response.text(),
    retryAfter: Number(response.headers.get('Retry-After')),
  }
}

test('the Express example answers as the README says, at the addresses that it prints', async () => {
  const urls = await printedUrls(start(0))
  expect(Object.keys(urls)).toEqual(['/slow', '/fast', '/ping'])

  expect(await get(urls['/slow'])).toEqual({ status: 200, body: '24', retryAfter: 0 })
  const refused = await get(urls['/slow'])
  expect(refused).toMatchObject({ status: 429, body: '1 per 1 day' })
  expect(refused.retryAfter).toBeGreaterThan(86_000)

  expect(await get(urls['/fast'])).toMatchObject({ status: 200, body: '42' })
  await get(urls['/fast'])
  expect(await get(urls['/fast'])).toMatchObject({ status: 429 })

  for (let i = 0; i < 5; i++) expect(await get(urls['/ping'])).toMatchObject({ status: 200, body: 'PONG' })
})

test('the Express example says clearly that its port is taken', async () => {
  const server = createServer().listen(0)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo

  const child = start(port)
  const [message, [status]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  expect(message).toMatch(new RegExp(`^Port ${port} cannot be used: .*\\. Choose another one: make demo PORT=5001\n$`))
  expect(status).toBe(1)
})
