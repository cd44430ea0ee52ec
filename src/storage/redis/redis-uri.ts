import { ConfigurationError } from '../../errors.ts'
import { quote } from '../../show.ts'
import { redact } from '../redact.ts'

/** One server by its address. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** What the URI of a Redis or Valkey storage says. */
export interface RedisUri {
  /** `single`: one server; `unix`: one behind a Unix socket; the others as Redis has them. */
  readonly kind: 'single' | 'unix' | 'sentinel' | 'cluster'
  readonly product: 'redis' | 'valkey'
  /** The servers to begin with: one, several Sentinels, or some nodes of a cluster. Empty for `unix`. */
  readonly addresses: readonly Address[]
  /** `unix` only. */
  readonly path: string | undefined
  /** `sentinel` only: the name under which the Sentinels know the master. */
  readonly service: string | undefined
  readonly username: string | undefined
  readonly password: string | undefined
  readonly db: number | undefined
  readonly tls: boolean
}

const KINDS: Readonly<Record<string, RedisUri['kind']>> = {
  '': 'single',
  s: 'single',
  '+unix': 'unix',
  '+sentinel': 'sentinel',
  '+cluster': 'cluster',
  // As the Python library limits spells it.
  ' cluster': 'cluster',
}

const PORTS = { single: 6379, cluster: 6379, sentinel: 26379, unix: 0 }

/** The schemes of Redis and Valkey. */
export const REDIS_SCHEMES: readonly string[] = ['redis', 'valkey'].flatMap((product) =>
  Object.keys(KINDS).map((kind) => product + kind),
)

/**
 * Reads `redis://[user:password@]host:port/db` and its relatives. IPv6 addresses stand in brackets; user, password, service and path
 * are percent-encoded; `?db=1` names the database where the path means something else.
 *
 * @throws ConfigurationError for what cannot be understood, without the password.
 */
export function parseRedisUri(uri: string): RedisUri {
  const [, scheme, userInfo, hosts, path, query] =
    /^([^:]+):\/\/(?:([^/]*)@)?([^/?#@]*)(\/[^?#]*)?(?:\?([^#]*))?$/s.exec(uri) ?? []
  if (scheme === undefined) throw wrong(uri, 'it must look like redis://user:password@host:6379/0')
  // Whatever stands behind the first / would be shown in other messages.
  if (userInfo === undefined && path?.includes('@'))
    throw wrong(uri, 'a / in the user or the password is written as %2F')
  const product = scheme.toLowerCase().startsWith('valkey') ? 'valkey' : 'redis'
  const suffix = scheme.toLowerCase().slice(product.length)
  const kind = KINDS[suffix]
  if (kind === undefined) throw wrong(uri, `use one of ${REDIS_SCHEMES.map((name) => `${name}://`).join(', ')}`)

  const [username, password] = parseUserInfo(userInfo, uri)
  const rest = decode((path ?? '').slice(1), uri)
  const byQuery = parseQuery(query, uri)
  const addresses = kind === 'unix' ? [] : parseAddresses(hosts ?? '', PORTS[kind], uri)
  if (kind === 'unix' && (hosts !== '' || rest === ''))
    throw wrong(uri, 'a Unix socket has a path and no host: redis+unix:///run/redis.sock')
  if (kind === 'single' && addresses.length > 1)
    throw wrong(uri, `several servers are a cluster (${product}+cluster://) or Sentinels (${product}+sentinel://)`)
  if (kind === 'sentinel' && (rest === '' || rest.includes('/')))
    throw wrong(uri, `the name of the master is missing: ${product}+sentinel://host:26379/mymaster`)
  if (kind === 'cluster' && (rest !== '' || byQuery !== undefined))
    throw wrong(uri, 'a cluster has no databases to choose from')
  return {
    kind,
    product,
    addresses,
    path: kind === 'unix' ? `/${rest}` : undefined,
    service: kind === 'sentinel' ? rest : undefined,
    username,
    password,
    db: kind === 'single' && rest !== '' ? parseDb(rest, uri) : byQuery,
    tls: suffix === 's',
  }
}

/** `user:password`, `:password`, or a password alone as older clients have it. */
function parseUserInfo(
  text: string | undefined,
  uri: string,
): readonly [username: string | undefined, password: string | undefined] {
  if (text === undefined || text === '') return [undefined, undefined]
  const colon = text.indexOf(':')
  if (colon < 0) throw wrong(uri, 'a user needs a password: user:password@, or :password@ without a user')
  const username = decode(text.slice(0, colon), uri)
  return [username === '' ? undefined : username, decode(text.slice(colon + 1), uri)]
}

function parseAddresses(text: string, defaultPort: number, uri: string): readonly Address[] {
  return text === ''
    ? [{ host: 'localhost', port: defaultPort }]
    : text.split(',').map((host) => parseAddress(host, defaultPort, uri))
}

function parseAddress(text: string, defaultPort: number, uri: string): Address {
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::([^:]*))?$/.exec(text) ?? []
  if (bracketed === undefined && plain === undefined) {
    throw wrong(uri, `${quote(text)} is no host and port; an IPv6 address stands in brackets: [::1]:6379`)
  }
  const host = bracketed ?? decode(plain!, uri)
  if (host === '' && port === undefined) throw wrong(uri, `${quote(text)} has no host`)
  return { host: host === '' ? 'localhost' : host, port: port === undefined ? defaultPort : parsePort(port, uri) }
}

function parsePort(text: string, uri: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port
  throw wrong(uri, `the port must be a number from 1 to 65535, got ${quote(text)}`)
}

function parseDb(text: string, uri: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw wrong(uri, `the database must be a number from 0 on, got ${quote(text)}`)
}

function parseQuery(query: string | undefined, uri: string): number | undefined {
  if (query === undefined || query === '') return undefined
  const parameters = [...new URLSearchParams(query)]
  const other = parameters.find(([name]) => name !== 'db')
  if (other !== undefined)
    throw wrong(uri, `there is no parameter ${quote(other[0])}: only db; everything else is a storage option`)
  return parseDb(parameters[0]![1], uri)
}

function decode(text: string, uri: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw wrong(uri, 'a % must be followed by two hexadecimal digits (write % itself as %25)')
  }
}

function wrong(uri: string, expected: string): ConfigurationError {
  return new ConfigurationError(`the storage address ${quote(redact(uri))} cannot be used: ${expected}`)
}
