import { afterAll, beforeAll, describe, test } from 'vitest'
import { hammerTogether } from '../../servers/hammer-together.ts'
import { shareServer, type SharedServer, whyWithoutShared } from '../../servers/shared-servers.ts'

// A cluster has its turn in test/servers.
const missing = whyWithoutShared('redis-server')
describe.skipIf(missing !== undefined).each(['ioredis', 'redis'] as const)(missing ?? 'through %s', (client) => {
  let server: SharedServer
  beforeAll(async () => {
    server = await shareServer()
  })
  afterAll(() => server.stop())

  test(
    'several processes never admit more than the amount, and spend nothing on refusals',
    { timeout: 60_000 },
    async () => {
      await hammerTogether(server.uri, client, (strategy, amount) => `${strategy} ${amount}`)
    },
  )
})
