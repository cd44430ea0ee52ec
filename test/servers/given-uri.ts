/** The variables that name servers to test on, instead of starting some. */
export const VARIABLES = {
  'redis-server': 'REDIS_URL',
  'valkey-server': 'VALKEY_URL',
  cluster: 'REDIS_CLUSTER_URL',
  'redis-sentinel': 'REDIS_SENTINEL_URL',
} as const

export type GivenServer = keyof typeof VARIABLES

/** The address that the environment names for a kind of server. */
export function givenUri(what: GivenServer): string | undefined {
  return process.env[VARIABLES[what]] || undefined
}
