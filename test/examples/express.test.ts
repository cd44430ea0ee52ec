import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { expectAnswersAsSaid, runExample } from './example.ts'

test('the Express example answers as the README says, at the addresses that it prints', async () => {
  await expectAnswersAsSaid('express/server.js')
})

test('the Express example says clearly that its port is taken', async () => {
  const server = createServer().listen(0)
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo

  const child = runExample('express/server.js', port)
  const [message, [status]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  expect(message).toMatch(new RegExp(`^Port ${port} cannot be used: .*\\. Choose another one: make demo PORT=5001\n$`))
  expect(status).toBe(1)
})
