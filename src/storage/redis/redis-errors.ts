import { ConfigurationError } from '../../errors.ts'

/**
 * What a server or a client reported, as an error that says what to do where only a change of configuration helps. Everything
 * else comes back as it is: an outage, for the limiter's failure policy.
 */
export function explainError(error: unknown, server: string): unknown {
  const text = error instanceof Error ? error.message : String(error)
  const advice = ADVICE.find(([pattern]) => pattern.test(text))?.[1]
  if (advice === undefined || error instanceof ConfigurationError) return error
  return new ConfigurationError(`${server} cannot be used as storage: ${advice}. It answered: ${text}`, {
    cause: error,
  })
}

const ADVICE: readonly (readonly [answer: RegExp, advice: string])[] = [
  [/\bWRONGPASS\b|invalid password|invalid username-password pair/i, 'the user or the password is wrong'],
  [/\bNOAUTH\b|Authentication required/i, 'it wants a password, as in redis://user:password@host'],
  [
    /\bNOPERM\b/,
    'this user may not do what a limiter needs: EVALSHA, EVAL, INFO, TIME, MGET, SET, GETRANGE, SETRANGE, STRLEN, PEXPIRE, SCAN, UNLINK and PING on keys that begin with "sluice|" (in a cluster with a hash tag before that)',
  ],
  [/^(MOVED|ASK) |\bCROSSSLOT\b/, 'it belongs to a cluster: write redis+cluster:// instead of redis://'],
  [/DB index is out of range|SELECT is not allowed in cluster mode/i, 'it does not have this database'],
  [/cluster support disabled/i, 'it is no cluster: write redis:// instead of redis+cluster://'],
  [
    /unknown command|Error compiling script|not allowed from script|undeclared key|non local key/i,
    'it refuses the script with which limits are decided',
  ],
]

/** Whether the server does not know the script yet: the one failure after which the same call may be made again. */
export function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && /\bNOSCRIPT\b/.test(error.message)
}
