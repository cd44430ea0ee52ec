/** Every warning there is, and what it is about. `docs/reference/warnings.md` has a heading for each. Silence one by `silence: ['CODE']`. */
export const WARNING_CODES = {
  WARN_SAME_PREFIX: 'Two limiters on one app count under the same key prefix.',
  WARN_KEY_UNDEFINED: 'A key function answered undefined, so its limit did not apply.',
  WARN_NO_ADDRESS: 'A request had no client address, so it counts as 127.0.0.1.',
  WARN_PROXY_UNTRUSTED: 'Requests come through a proxy that is not trusted, so all of them count as one client.',
  WARN_PROXY_PERMISSIVE: 'Every proxy is trusted, so clients can choose their own address.',
  WARN_KEY_IPV6: 'A key function answers whole IPv6 addresses, of which one client has many.',
  WARN_MEMORY_WORKERS: 'Several processes each count in their own memory.',
  WARN_LIMITER_IN_HANDLER: 'A limiter was made while a request was handled, so it counts from zero.',
  WARN_HIDDEN_LIMIT: 'A limit runs in a route that does not show it, and is counted on top of the others.',
  WARN_PASSED_ON: 'A request was counted at a route that passed it on to another route.',
} as const

/** A stable identifier of a warning. */
export type WarningCode = keyof typeof WARNING_CODES
