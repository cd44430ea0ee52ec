import { test } from 'vitest'
import { describeWith } from '../../servers/describe-with.ts'
import { hammerTogether } from '../../servers/hammer-together.ts'

// A cluster has its turn in test/servers.
for (const client of ['ioredis', 'redis']) {
  describeWith('redis-server', `through ${client}`, (server) => {
    test(
      'several processes never admit more than the amount, and spend nothing on refusals',
      { timeout: 60_000 },
      async () => {
        await hammerTogether(server().uri, client, (strategy, amount) => `${strategy} ${amount}`)
      },
    )
  })
}
