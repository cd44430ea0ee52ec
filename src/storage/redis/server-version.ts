import { ConfigurationError } from '../../errors.ts'

/**
 * Makes sure that a server is not too old: Redis from 6.2 on, Valkey from 7.2 on. `info` is what it answered to `INFO server`; one that
 * does not tell its version is taken as it is.
 *
 * @throws ConfigurationError
 */
export function checkServerVersion(info: string, server: string): void {
  const valkey = /^valkey_version:(\S+)/m.exec(info)?.[1]
  const version = valkey ?? /^redis_version:(\S+)/m.exec(info)?.[1]
  if (version === undefined) return
  const [product, needed] = valkey === undefined ? ['Redis', '6.2'] : ['Valkey', '7.2']
  if (!isOlder(version, needed)) return
  throw new ConfigurationError(
    `${server} is ${product} ${version}, which is too old: use ${product} ${needed} or newer`,
  )
}

function isOlder(version: string, needed: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [neededMajor, neededMinor] = needed.split('.').map(Number)
  return major < neededMajor! || (major === neededMajor && minor < neededMinor!)
}
