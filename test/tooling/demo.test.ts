import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { ROOT } from '../repository.ts'

async function occupyPort(): Promise<{ server: Server; port: number }> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}

function startDemo(port: number): ChildProcessByStdio<null, Readable, Readable> {
  const child = spawn(process.execPath, [join(ROOT, 'examples/express/server.js')], {
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill())
  return child
}

test('the demo says what to try, and it works', async () => {
  const { server, port } = await occupyPort()
  await once(server.close(), 'close')
  const [printed] = (await once(startDemo(port).stdout, 'data')) as [Buffer]
  const url = /http:\S+\/slow/.exec(printed.toString())?.[0] ?? ''
  expect((await fetch(url)).status).toBe(200)
  expect((await fetch(url)).status).toBe(429)
})

test('the demo says clearly that its port is taken', async () => {
  const { server, port } = await occupyPort()
  onTestFinished(() => void server.close())
  const child = startDemo(port)
  const [message, [status]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  expect(message).toMatch(new RegExp(`^Port ${port} cannot be used: .*\\. Choose another one: make demo PORT=5001\n$`))
  expect(status).toBe(1)
})
