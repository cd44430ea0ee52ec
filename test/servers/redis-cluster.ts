import { Redis } from 'ioredis'
import { type RedisServer, type ServerProgram, startServer } from './redis-server.ts'

const SLOTS = 16_384

/** A node of a cluster. */
export interface ClusterNode extends RedisServer {
  /** For the tests' own commands. */
  readonly admin: Redis
  readonly id: string
}

/** A cluster of three masters, each with a replica. */
export interface RedisCluster {
  /** Three masters, then their replicas in the same order. */
  readonly nodes: readonly ClusterNode[]
  /** `redis+cluster://…` with two nodes to begin with. */
  readonly uri: string
  /** Moves a slot with everything in it from one node to another, step by step as `redis-cli --cluster` does. */
  migrate(slot: number, from: ClusterNode, to: ClusterNode): Promise<void>
  stop(): Promise<void>
}

/** Starts a cluster, and waits until it serves every slot. */
export async function startCluster(program: ServerProgram = 'redis-server'): Promise<RedisCluster> {
  const nodes = await Promise.all(Array.from({ length: 6 }, () => startNode(program)))
  const [first, ...others] = nodes as [ClusterNode, ...ClusterNode[]]
  for (const [i, { admin }] of nodes.slice(0, 3).entries()) {
    const [start, end] = [Math.floor((SLOTS * i) / 3), Math.floor((SLOTS * (i + 1)) / 3) - 1]
    await admin.call('CLUSTER', 'ADDSLOTSRANGE', String(start), String(end))
    await admin.call('CLUSTER', 'SET-CONFIG-EPOCH', String(i + 1))
  }
  for (const { port } of others) await first.admin.call('CLUSTER', 'MEET', '127.0.0.1', String(port))
  await until(async () =>
    (await Promise.all(nodes.map(({ admin }) => knownNodes(admin)))).every((count) => count === 6),
  )
  for (const [i, { admin }] of nodes.slice(3).entries()) {
    await until(async () => (await admin.call('CLUSTER', 'REPLICATE', nodes[i]!.id).catch(() => '')) === 'OK')
  }
  await until(async () => (await Promise.all(nodes.map(({ admin }) => isServing(admin)))).every(Boolean))
  return {
    nodes,
    uri: `redis+cluster://127.0.0.1:${nodes[0]!.port},127.0.0.1:${nodes[4]!.port}`,
    async migrate(slot, from, to) {
      await to.admin.call('CLUSTER', 'SETSLOT', String(slot), 'IMPORTING', from.id)
      await from.admin.call('CLUSTER', 'SETSLOT', String(slot), 'MIGRATING', to.id)
      for (;;) {
        const keys = (await from.admin.call('CLUSTER', 'GETKEYSINSLOT', String(slot), '10')) as string[]
        if (keys.length === 0) break
        await from.admin.call('MIGRATE', '127.0.0.1', String(to.port), '', '0', '5000', 'KEYS', ...keys)
      }
      const masters = nodes.slice(0, 3)
      for (const { admin } of new Set([to, from, ...masters])) {
        await admin.call('CLUSTER', 'SETSLOT', String(slot), 'NODE', to.id)
      }
      // Nodes that have not agreed yet would quarrel about the next one.
      const agrees = async ({ admin }: ClusterNode): Promise<boolean> => (await ownerOf(slot, admin)) === to.port
      await until(async () => (await Promise.all(masters.map(agrees))).every(Boolean))
      await until(async () => new Set(await Promise.all(masters.map(({ admin }) => epochOf(admin)))).size === 1)
    },
    async stop() {
      for (const { admin } of nodes) admin.disconnect()
      await Promise.all(nodes.map((node) => node.stop()))
    },
  }
}

async function startNode(program: ServerProgram): Promise<ClusterNode> {
  const settings = [
    '--cluster-enabled',
    'yes',
    '--cluster-node-timeout',
    '1000',
    '--cluster-config-file',
    'nodes.conf',
    '--repl-diskless-sync-delay',
    '0',
  ]
  const server = await startServer(settings, program)
  const admin = new Redis(server.port, { retryStrategy: () => 100, maxRetriesPerRequest: null })
  admin.on('error', () => {})
  return { ...server, admin, id: (await admin.call('CLUSTER', 'MYID')) as string }
}

async function ownerOf(slot: number, admin: Redis): Promise<number | undefined> {
  const ranges = (await admin.call('CLUSTER', 'SLOTS')) as [number, number, [string, number]][]
  return ranges.find(([start, end]) => start <= slot && slot <= end)?.[2][1]
}

async function epochOf(admin: Redis): Promise<string | undefined> {
  return /cluster_current_epoch:(\d+)/.exec((await admin.call('CLUSTER', 'INFO')) as string)?.[1]
}

async function knownNodes(admin: Redis): Promise<number> {
  return ((await admin.call('CLUSTER', 'NODES')) as string)
    .trim()
    .split('\n')
    .filter((line) => !line.includes('handshake')).length
}

async function isServing(admin: Redis): Promise<boolean> {
  const info = (await admin.call('CLUSTER', 'INFO')) as string
  const slots = (await admin.call('CLUSTER', 'SLOTS')) as unknown[][]
  return info.includes('cluster_state:ok') && slots.length === 3 && slots.every((range) => range.length === 4)
}

/** Asks again and again until something holds. */
export async function until(holds: () => Promise<boolean>, ms = 20_000): Promise<void> {
  const end = performance.now() + ms
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`it did not come about within ${ms} ms: ${String(holds)}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
