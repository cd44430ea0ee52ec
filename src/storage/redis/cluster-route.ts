import { slotOfKey, SLOTS, taggedKey, taggedPattern } from './cluster-keys.ts'
import type { Command } from './connection.ts'
import type { Link } from './link.ts'
import type { Address } from './redis-uri.ts'
import type { Master, Route, RoutedCommand } from './route.ts'

/** How often a command follows the cluster to another node before it fails. */
const MOST_HOPS = 5

interface Node {
  readonly address: Address
  readonly link: Link
}

/**
 * The route to the nodes of a cluster. It learns who has which slot from any node that answers, again whenever a node is lost or says
 * that a slot has moved. What a node has refused to do is done where it says; nothing else is sent twice.
 */
export class ClusterRoute implements Route {
  readonly atomicity = 'key'
  readonly #seeds: readonly Address[]
  readonly #open: (address: Address) => Link
  readonly #nodes = new Map<string, Node>()
  /** The master of each slot; undefined until it is known. */
  #masters: readonly (Node | undefined)[] | undefined
  #learning: Promise<void> | undefined

  constructor(seeds: readonly Address[], open: (address: Address) => Link) {
    this.#seeds = seeds
    this.#open = open
  }

  get connections(): number {
    let sum = 0
    for (const { link } of this.#nodes.values()) sum += link.opened
    return sum
  }

  spell(key: string): string {
    return taggedKey(key)
  }

  slotOf(key: string): number {
    return slotOfKey(key)
  }

  send(commands: readonly RoutedCommand[]): readonly Promise<unknown>[] {
    if (this.#masters !== undefined || commands.length === 0) return this.#dispatch(commands)
    const answers = this.#learn().then(() => this.#dispatch(commands))
    return commands.map(async (_, i) => (await answers)[i])
  }

  async masters(): Promise<readonly Master[]> {
    await this.#learn()
    return [...new Set(this.#masters)].flatMap((node) => (node === undefined ? [] : [node.link]))
  }

  patternOf(prefix: string): string {
    return taggedPattern(prefix)
  }

  renew(): void {
    for (const { link } of this.#nodes.values()) link.renew()
    this.#learning = undefined
  }

  close(): void {
    for (const { link } of this.#nodes.values()) link.close()
    this.#nodes.clear()
    this.#masters = undefined
  }

  #dispatch(commands: readonly RoutedCommand[]): readonly Promise<unknown>[] {
    const answers: Promise<unknown>[] = []
    const byNode = new Map<Node, number[]>()
    commands.forEach(({ slot }, i) => {
      const node = this.#masters?.[slot]
      if (node === undefined) {
        this.#learnSoon()
        answers[i] = Promise.reject(new Error(`no node of the cluster has slot ${slot}`))
        return
      }
      const indices = byNode.get(node)
      if (indices === undefined) byNode.set(node, [i])
      else indices.push(i)
    })
    for (const [node, indices] of byNode) {
      const sent = node.link.send(indices.map((i) => commands[i]!.command))
      indices.forEach((i, at) => {
        answers[i] = this.#follow(commands[i]!, node, sent[at]!, MOST_HOPS)
      })
    }
    return answers
  }

  async #follow(routed: RoutedCommand, node: Node, answer: Promise<unknown>, hops: number): Promise<unknown> {
    try {
      return await answer
    } catch (error) {
      const [, kind, host, port] = /^(MOVED|ASK) \d+ (.*):(\d+)$/.exec((error as Error).message) ?? []
      if (hops === 0)
        throw new Error(
          `the cluster sent a command from node to node ${MOST_HOPS} times: ${(error as Error).message}`,
          { cause: error },
        )
      if (kind === undefined) {
        if (!node.link.isOpen || (error as Error).message.startsWith('CLUSTERDOWN ')) this.#learnSoon()
        throw error
      }
      const target = this.#nodeAt({ host: host === '' ? node.address.host : host!, port: Number(port) })
      if (kind === 'MOVED') this.#learnSoon()
      const commands: Command[] = kind === 'ASK' ? [['ASKING'], routed.command] : [routed.command]
      const sent = target.link.send(commands)
      for (const each of sent) each.catch(() => {})
      return this.#follow(routed, target, sent.at(-1)!, hops - 1)
    }
  }

  #learnSoon(): void {
    this.#learn().catch(() => {})
  }

  #learn(): Promise<void> {
    if (this.#learning !== undefined) return this.#learning
    const learning = this.#askSomeone().finally(() => {
      if (this.#learning === learning) this.#learning = undefined
    })
    this.#learning = learning
    return learning
  }

  async #askSomeone(): Promise<void> {
    const nodes = new Set([...this.#nodes.values(), ...this.#seeds.map((seed) => this.#nodeAt(seed))])
    const maps = [...nodes].map(async (node) => ({
      node,
      slots: (await node.link.send([['CLUSTER', 'SLOTS']])[0]) as SlotRange[],
    }))
    const first = await Promise.any(maps).catch((error: AggregateError) => {
      throw error.errors[0]
    })
    this.#takeOver(first.slots, first.node)
  }

  #takeOver(ranges: readonly SlotRange[], told: Node): void {
    const masters = Array.from<Node | undefined>({ length: SLOTS })
    for (const [start, end, [host, port]] of ranges) {
      // A node that does not know its own name means itself.
      const master = this.#nodeAt({ host: host ? String(host) : told.address.host, port: Number(port) })
      masters.fill(master, Number(start), Number(end) + 1)
    }
    this.#masters = masters
    const inUse = new Set(masters)
    for (const [name, node] of this.#nodes) {
      if (inUse.has(node) || !node.link.isIdle) continue
      node.link.close()
      this.#nodes.delete(name)
    }
  }

  #nodeAt(address: Address): Node {
    const name = `${address.host}:${address.port}`
    let node = this.#nodes.get(name)
    if (node === undefined) {
      node = { address, link: this.#open(address) }
      this.#nodes.set(name, node)
    }
    return node
  }
}

/** Of `CLUSTER SLOTS`: from, to, the master, and its replicas. */
type SlotRange = readonly [
  start: unknown,
  end: unknown,
  master: readonly [host: string | null, port: unknown, ...unknown[]],
  ...unknown[],
]
