import { slotOfKey, taggedKey, taggedPattern } from './cluster-keys.ts'
import type { AdoptedCluster, Command } from './connection.ts'
import type { Master, Route, RoutedCommand } from './route.ts'
import { escapePattern } from './single-route.ts'

/** The route through the app's own client for a cluster. */
export class AdoptedClusterRoute implements Route {
  readonly atomicity = 'key'
  readonly connections = 1
  readonly #client: AdoptedCluster
  readonly #check: () => Promise<void>
  #checked: Promise<void> | undefined

  /** `check` makes sure, before the first command, that the servers can be used. */
  constructor(client: AdoptedCluster, check: () => Promise<void>) {
    this.#client = client
    this.#check = check
  }

  spell(key: string): string {
    return taggedKey(key)
  }

  slotOf(key: string): number {
    return slotOfKey(key)
  }

  send(commands: readonly RoutedCommand[]): readonly Promise<unknown>[] {
    return commands.map(async ({ command }) => {
      await (this.#checked ??= this.#checkOnce())
      return this.#client.send(command, firstKeyOf(command))
    })
  }

  masters(): Promise<readonly Master[]> {
    return this.#client.masters()
  }

  patternOf(prefix: string): string {
    return escapePattern(this.#client.keyPrefix) + taggedPattern(prefix)
  }

  renew(): void {}

  close(): void {}

  async #checkOnce(): Promise<void> {
    try {
      await this.#check()
    } catch (error) {
      this.#checked = undefined
      throw error
    }
  }
}

function firstKeyOf([name, ...args]: Command): string | undefined {
  if (name === 'EVALSHA' || name === 'EVAL') return args[2]
  return name === 'UNLINK' ? args[0] : undefined
}
