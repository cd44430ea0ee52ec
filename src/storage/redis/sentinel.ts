import { ConfigurationError } from '../../errors.ts'
import type { Connect, Connection, Endpoint } from './connection.ts'
import type { Address } from './redis-uri.ts'

/** Asks all Sentinels at once where the master is, and takes the first answer. */
export async function findMaster(
  sentinels: readonly Endpoint[],
  service: string,
  connect: Connect,
  signal: AbortSignal,
): Promise<Address> {
  const answers = sentinels.map(async (sentinel) => {
    const connection = await connect(sentinel, signal)
    try {
      const answer = await connection.send([['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', service]])[0]
      if (!Array.isArray(answer))
        throw new ConfigurationError(`the Sentinels know no master named ${JSON.stringify(service)}`)
      return { host: String(answer[0]), port: Number(answer[1]) }
    } finally {
      connection.close()
    }
  })
  return Promise.any(answers).catch((error: AggregateError) => {
    throw error.errors[0]
  })
}

/** Makes sure that a server is a master: what a Sentinel says can be outdated. */
export async function checkRole(connection: Connection): Promise<void> {
  const role = await connection.send([['ROLE']])[0]
  if (Array.isArray(role) && String(role[0]) === 'master') return
  throw new Error('the server that the Sentinels name is no master (yet)')
}
