import { afterAll, beforeAll, describe, test } from 'vitest'
import { hammerTogether } from './hammer-together.ts'
import { shareCluster, type SharedServer, whyWithoutShared } from './shared-servers.ts'

const missing = whyWithoutShared('cluster')
describe.skipIf(missing !== undefined).each(['ioredis', 'redis'] as const)(
  missing ??
    'on a cluster, through %s, several processes never admit more than the amount, and spend nothing on refusals,',
  (client) => {
    let cluster: SharedServer
    beforeAll(async () => {
      cluster = await shareCluster()
    })
    afterAll(() => cluster.stop())

    const keyOf = (name: string, user: string): string => `sluice|hammer|endpoint|${name}||||${user}`

    test('where a request counts one client', async () => {
      await hammerTogether(cluster.uri, client, (strategy, amount) => keyOf(`${strategy} ${amount}`, `one ${strategy}`))
    })

    test('where it counts several, whose keys are in several slots', async () => {
      await hammerTogether(cluster.uri, client, (strategy, amount) => keyOf(strategy, `of ${amount}`))
    })
  },
)
