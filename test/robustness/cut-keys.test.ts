import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { clientAddress } from '../../src/http/client-address.ts'
import { createLimiter } from '../../src/index.ts'
import { memoryStorage } from '../../src/storage/memory/memory-storage.ts'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

const CLIENTS = 2000
const HEADER_BYTES = 20_000

/** The client that a proxy has appended to what else a header holds: V8 makes a piece of the header of it. */
function cutOut(client: string): string {
  const header = Buffer.from(`${'x'.repeat(HEADER_BYTES)}, ${client}`).toString('latin1')
  return header.slice(HEADER_BYTES + 2)
}

/** Bytes of memory that remain in use after `work`, while `kept` is there. */
function bytesKept(kept: unknown, work: (client: number) => void): number {
  gc()
  const before = process.memoryUsage().heapUsed
  for (let round = 0; round < 3; round += 1) for (let client = 0; client < CLIENTS; client += 1) work(client)
  gc()
  const bytes = process.memoryUsage().heapUsed - before
  expect(kept).toBeDefined()
  return bytes
}

const ALL_HEADERS = CLIENTS * HEADER_BYTES

test('pieces of headers keep the headers in memory', () => {
  const pieces: string[] = []
  const bytes = bytesKept(pieces, (client) => (pieces[client] = cutOut(`198.51.100.${client} and more`)))
  expect(bytes).toBeGreaterThan(ALL_HEADERS / 2)
})

test('what is kept of clients does not keep the headers that their keys were cut out of', () => {
  const limiter = createLimiter<{ client: string }>({
    key: ({ client }) => client,
    storage: memoryStorage(),
    logger: {},
  })
  const limits = [limiter.limit('3 per hour')]
  const bytes = bytesKept(limiter, (client) => {
    void limiter.decide({ client: cutOut(`198.51.100.${client} and more`) }, { endpoint: 'work', limits })
  })
  expect(bytes).toBeLessThan(ALL_HEADERS / 4)
})

test('what is kept of addresses does not keep the headers that they were cut out of', () => {
  const bytes = bytesKept(clientAddress, (client) => {
    clientAddress(cutOut(`2001:db8:85a3:${client.toString(16)}:0:8a2e:370:7334`))
    clientAddress(cutOut(`no address:${client}`))
  })
  expect(bytes).toBeLessThan(ALL_HEADERS / 4)
})
