/** The variables that name servers to test on, instead of starting some. */
export const VARIABLES = {
  'redis-server': 'REDIS_URL',
  'valkey-server': 'VALKEY_URL',
  cluster: 'REDIS_CLUSTER_URL',
  'redis-sentinel': 'REDIS_SENTINEL_URL',
} as const

/** A server, or several that work together. */
export type ServerKind = keyof typeof VARIABLES

/** The address that the environment names for a kind of server. */
export function givenUri(kind: ServerKind): string | undefined {
  return process.env[VARIABLES[kind]] || undefined
}
