import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { until } from './redis-cluster.ts'
import { freePort, type RedisServer, startServer } from './redis-server.ts'

/** A master with a replica, and three Sentinels that watch them. */
export interface WatchedServers {
  readonly master: RedisServer
  readonly replica: RedisServer
  readonly sentinels: readonly RedisServer[]
  /** `redis+sentinel://…/tests`. */
  readonly uri: string
  /** The port of the present master, by what the Sentinels say. */
  masterPort(): Promise<number>
  stop(): Promise<void>
}

/** Starts them, and waits until every Sentinel knows all others and the replica. */
export async function startSentinels(): Promise<WatchedServers> {
  const master = await startServer(['--repl-diskless-sync-delay', '0'])
  const replica = await startServer([
    '--replicaof',
    '127.0.0.1',
    String(master.port),
    '--repl-diskless-sync-delay',
    '0',
  ])
  const folder = mkdtempSync(join(tmpdir(), 'sluice-sentinel-'))
  const sentinels = await Promise.all(
    [0, 1, 2].map(async (i) => {
      const port = await freePort()
      const file = join(folder, `sentinel-${i}.conf`)
      writeFileSync(
        file,
        [
          `port ${port}`,
          'bind 127.0.0.1',
          `dir ${folder}`,
          `sentinel monitor tests 127.0.0.1 ${master.port} 2`,
          'sentinel down-after-milliseconds tests 500',
          'sentinel failover-timeout tests 3000',
        ].join('\n'),
      )
      return startServer([file], 'redis-sentinel', port)
    }),
  )
  const admins = sentinels.map(({ port }) => new Redis(port, { retryStrategy: () => 100, maxRetriesPerRequest: null }))
  const watched = async (admin: Redis): Promise<Map<string, string>> => {
    const fields = (await admin.call('SENTINEL', 'MASTER', 'tests')) as string[] | Record<string, string>
    if (!Array.isArray(fields)) return new Map(Object.entries(fields))
    return new Map(Array.from({ length: fields.length / 2 }, (_, i) => [fields[2 * i]!, fields[2 * i + 1]!]))
  }
  await until(async () => {
    const views = await Promise.all(admins.map(watched))
    return views.every((view) => view.get('num-other-sentinels') === '2' && view.get('num-slaves') === '1')
  })
  return {
    master,
    replica,
    sentinels,
    uri: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/tests`,
    async masterPort() {
      const [, port] = (await admins[0]!.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'tests')) as [string, string]
      return Number(port)
    },
    async stop() {
      for (const admin of admins) admin.disconnect()
      await Promise.all([...sentinels, master, replica].map((server) => server.stop()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
