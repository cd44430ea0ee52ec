import { test } from 'vitest'
import { describeWith } from './describe-with.ts'
import { hammerTogether } from './hammer-together.ts'

const LAW = 'several processes never admit more than the amount, and spend nothing on refusals,'

for (const client of ['ioredis', 'redis']) {
  describeWith('cluster', `on a cluster, through ${client}, ${LAW}`, (cluster) => {
    const keyOf = (name: string, user: string): string => `sluice|hammer|endpoint|${name}||||${user}`

    test('where a request counts one client', async () => {
      await hammerTogether(cluster().uri, client, (strategy, amount) =>
        keyOf(`${strategy} ${amount}`, `one ${strategy}`),
      )
    })

    test('where it counts several, whose keys are in several slots', async () => {
      await hammerTogether(cluster().uri, client, (strategy, amount) => keyOf(strategy, `of ${amount}`))
    })
  })
}
