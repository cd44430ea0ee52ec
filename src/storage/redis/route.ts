import type { MaybePromise, Storage } from '../storage.ts'
import type { Command, Connection } from './connection.ts'

/** A command, and the slot that its keys belong to. */
export interface RoutedCommand {
  readonly command: Command
  readonly slot: number
}

/** A server that has keys of its own. */
export type Master = Pick<Connection, 'send' | 'keyPrefix'>

/** Where commands go: to one server, or to the nodes of a cluster. */
export interface Route {
  readonly atomicity: Storage['atomicity']
  /** How many connections there have been, or any number that changes when another one is opened. */
  readonly connections: number
  /** How a key is spelled there. */
  spell(key: string): string
  /** The slot of a key. Keys of different slots cannot be in one command. One server has a single slot, 0. */
  slotOf(key: string): number
  /** Sends commands, those for one server in one write where the client can; a promise for each. Never sends anything twice. */
  send(commands: readonly RoutedCommand[]): readonly Promise<unknown>[]
  masters(): MaybePromise<readonly Master[]>
  /** What SCAN has to match for keys that begin with a prefix. */
  patternOf(prefix: string): string
  /** Gives up connections on which nothing moves any more. */
  renew(): void
  close(): void
}
