import type { AdoptedCluster, Command, Connection } from '../connection.ts'

/** What is used of a client of ioredis or iovalkey, for one server or a cluster. */
export interface IoredisClient {
  readonly status: string
  readonly options: { readonly keyPrefix?: string | undefined }
  call(name: string, ...args: string[]): Promise<unknown>
  pipeline(): { call(name: string, ...args: unknown[]): unknown; exec(): Promise<unknown> }
}

/** What is used of a cluster client besides. */
export interface IoredisCluster extends IoredisClient {
  nodes(role: 'master'): readonly IoredisClient[]
}

/** A connection that is the app's own client: it is never closed, and reconnects as the app has told it to. */
export function adoptIoredis(client: IoredisClient): Connection {
  return {
    send: (commands) => send(client, commands),
    isOpen: true,
    keyPrefix: client.options.keyPrefix ?? '',
    close() {},
  }
}

/** The same of a client for a cluster. */
export function adoptIoredisCluster(client: IoredisCluster): AdoptedCluster {
  return {
    keyPrefix: client.options.keyPrefix ?? '',
    send: (command) => call(client, command),
    masters: async () => client.nodes('master').map((node) => adoptIoredis(node)),
  }
}

/** Several in one write; each is answered as soon as its own answer is there. */
export function send(client: IoredisClient, commands: readonly Command[]): readonly Promise<unknown>[] {
  if (commands.length === 1) return [call(client, commands[0]!)]
  const pipeline = client.pipeline()
  const answers = commands.map(
    ([name, ...args]) =>
      new Promise((resolve, reject) => {
        pipeline.call(name!.toLowerCase(), ...args, (error: unknown, answer: unknown) => {
          if (error) reject(error)
          else resolve(answer)
        })
      }),
  )
  // What it would reject with, each command is rejected with.
  pipeline.exec().catch(() => {})
  return answers
}

/** In lower case, as version 5 has to have it to find the keys, for its key prefix and for the nodes of a cluster. */
function call(client: IoredisClient, [name, ...args]: Command): Promise<unknown> {
  return client.call(name!.toLowerCase(), ...args)
}
