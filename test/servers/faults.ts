import { Redis } from 'ioredis'
import { slotOfKey } from '../../src/storage/redis/cluster-keys.ts'
import { type RedisCluster, startCluster, until } from './redis-cluster.ts'
import { startSentinels } from './redis-sentinel.ts'
import { type RedisServer, startServer } from './redis-server.ts'
import { startProxy } from './tcp-proxy.ts'

/** Servers for a storage, and what can be done to them. */
export interface Fault {
  /** The address of the storage. */
  readonly uri: string
  /** Does harm. */
  begin(): void | Promise<void>
  /** Makes good again, and resolves when the servers work as before. */
  end(): void | Promise<void>
  /** Whether what was counted before is gone. */
  readonly losesState: boolean
  /** The share of requests that are decided all the same, where the harm is over long before the end; else 0. */
  readonly leastDecided?: number
  stop(): Promise<void>
}

/** How often the harm of a fault that lasts no time is done. */
const BLOW_MS = 100

/** How long a server does not answer that has only stalled, as while it forks: longer than the deadline of requests. */
const STALL_MS = 400

/** The faults, by what a reader would call them. */
export const FAULTS: Readonly<Record<string, () => Promise<Fault>>> = {
  async 'killed and restarted'() {
    const server = await startServer()
    return {
      uri: server.uri,
      losesState: true,
      begin: () => server.kill(),
      end: () => server.restart(),
      stop: () => server.stop(),
    }
  },
  async 'stopped (SIGSTOP)'() {
    const server = await startServer()
    return { uri: server.uri, losesState: false, begin: server.pause, end: server.resume, stop: () => server.stop() }
  },
  async 'stalled for 0.4 s'() {
    const server = await startServer()
    return {
      uri: server.uri,
      losesState: false,
      begin() {
        server.pause()
        setTimeout(() => server.resume(), STALL_MS)
      },
      end() {},
      stop: () => server.stop(),
      leastDecided: 0.5,
    }
  },
  async 'connection reset in mid-reply'() {
    return behindProxy((proxy) => {
      const timer = setInterval(() => proxy.resetInMidReply(20), BLOW_MS)
      return () => clearInterval(timer)
    })
  },
  async 'slow by 2 s'() {
    return behindProxy((proxy) => {
      proxy.delay(2000)
      return () => proxy.delay(0)
    })
  },
  async 'network silent'() {
    return behindProxy((proxy) => {
      proxy.swallow(true)
      return () => proxy.swallow(false)
    })
  },
  async 'script flushed'() {
    return byCommand((admin) => {
      const timer = setInterval(() => void admin.script('FLUSH'), BLOW_MS)
      return () => clearInterval(timer)
    })
  },
  async 'out of memory'() {
    return byCommand((admin) => {
      void admin.config('SET', 'maxmemory', '1')
      return async () => void (await admin.config('SET', 'maxmemory', '0'))
    })
  },
  async 'read-only replica'() {
    return byCommand((admin) => {
      void admin.replicaof('127.0.0.1', 1)
      return async () => void (await admin.replicaof('NO', 'ONE'))
    })
  },
  async 'Sentinel fail-over'() {
    const watched = await startSentinels()
    const before = await watched.masterPort()
    const admin = new Redis(watched.replica.port)
    return {
      uri: watched.uri,
      losesState: false,
      begin: () => killInSync(watched.master, watched.replica.port),
      async end() {
        await until(async () => (await watched.masterPort()) !== before)
        await until(async () => (await admin.role())[0] === 'master')
      },
      async stop() {
        admin.disconnect()
        await watched.stop()
      },
    }
  },
  async 'cluster fail-over'() {
    const cluster = await startCluster()
    const [lost, , , replica] = cluster.nodes
    return {
      uri: cluster.uri,
      losesState: false,
      begin: () => killInSync(lost!, replica!.port),
      end: () => until(async () => isWholeFor(cluster, replica!.port)),
      stop: () => cluster.stop(),
    }
  },
  async 'slot migration'() {
    const cluster = await startCluster()
    let moving = Promise.resolve()
    let isOver = false
    return {
      uri: cluster.uri,
      losesState: false,
      begin() {
        moving = moveSlots(cluster, () => isOver)
      },
      async end() {
        isOver = true
        await moving
      },
      stop: () => cluster.stop(),
    }
  },
}

/** The names of clients that the load is made of; their slots are those that are moved. */
export const CLIENTS: readonly string[] = Array.from({ length: 20 }, (_, i) => `client-${i}`)

/** Kills a master whose replica has all that was answered: Redis passes things on after that, and what it had not yet would be lost. */
async function killInSync(master: RedisServer, replicaPort: number): Promise<void> {
  const admins = [master.port, replicaPort].map((port) => new Redis(port))
  const offsets = async (): Promise<(string | undefined)[]> => {
    const told = await Promise.all(admins.map(async (admin) => admin.info('replication')))
    return told.map((info) => /master_repl_offset:(\d+)/.exec(info)?.[1])
  }
  await admins[0]!.call('CLIENT', 'PAUSE', '5000', 'WRITE')
  await until(async () => {
    const [own, replicated] = await offsets()
    return own === replicated
  })
  for (const admin of admins) admin.disconnect()
  await master.kill()
}

async function behindProxy(begin: (proxy: Awaited<ReturnType<typeof startProxy>>) => () => void): Promise<Fault> {
  const server = await startServer()
  const proxy = await startProxy(server.port)
  let end = (): void => {}
  return {
    uri: `redis://127.0.0.1:${proxy.port}`,
    losesState: false,
    begin() {
      end = begin(proxy)
    },
    end: () => end(),
    async stop() {
      await proxy.close()
      await server.stop()
    },
  }
}

async function byCommand(begin: (admin: Redis) => () => void | Promise<void>): Promise<Fault> {
  const server: RedisServer = await startServer()
  const admin = new Redis(server.port)
  let end: () => void | Promise<void> = () => {}
  return {
    uri: server.uri,
    losesState: false,
    begin() {
      end = begin(admin)
    },
    end: () => end(),
    async stop() {
      admin.disconnect()
      await server.stop()
    },
  }
}

/** Whether every node that is left serves everything, with the replica as a master. */
async function isWholeFor(cluster: RedisCluster, master: number): Promise<boolean> {
  const views = await Promise.all(
    cluster.nodes.slice(1).map(async ({ admin }) => {
      const info = (await admin.call('CLUSTER', 'INFO')) as string
      const slots = (await admin.call('CLUSTER', 'SLOTS')) as [number, number, [string, number]][]
      return info.includes('cluster_state:ok') && slots.some(([, , [, port]]) => port === master)
    }),
  )
  return views.every(Boolean)
}

/** Moves the slots of the clients to the next master, one after the other, until it is told to stop. */
async function moveSlots(cluster: RedisCluster, isOver: () => boolean): Promise<void> {
  const masters = cluster.nodes.slice(0, 3)
  const slots = [...new Set(CLIENTS.map((client) => slotOfKey(`sluice|||||||${client}`)))]
  const owners = new Map(slots.map((slot) => [slot, Math.floor((slot * 3) / 16_384)]))
  while (!isOver()) {
    for (const slot of slots) {
      if (isOver()) return
      const owner = owners.get(slot)!
      const next = (owner + 1) % 3
      await cluster.migrate(slot, masters[owner]!, masters[next]!)
      owners.set(slot, next)
    }
  }
}
