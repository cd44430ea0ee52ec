import { ConfigurationError } from '../errors.ts'
import type { Decision } from '../limiter/decision.ts'
import type { HeaderSet } from '../limiter/options.ts'
import { quote, show } from '../show.ts'
import { isHeaderName } from './header-list.ts'

const HEADER_SETS: readonly HeaderSet[] = ['legacy', 'standard', 'draft-6', 'draft-7']

/** The names of the `legacy` headers. */
export interface HeaderNames {
  /** `X-RateLimit-Limit`: the amount. */
  readonly limit: string
  /** `X-RateLimit-Remaining`: what is left. */
  readonly remaining: string
  /** `X-RateLimit-Reset`: the second since the epoch at which more is there. */
  readonly reset: string
  /** `Retry-After`, with every header set. */
  readonly retryAfter: string
}

const HEADER_NAMES: HeaderNames = {
  limit: 'X-RateLimit-Limit',
  remaining: 'X-RateLimit-Remaining',
  reset: 'X-RateLimit-Reset',
  retryAfter: 'Retry-After',
}

/** What a response tells its client about limits. */
export interface HeaderOptions {
  /**
   * The headers to send: a set, several sets, or a function that answers them. Without it only the `Retry-After` of a
   * refusal is sent.
   */
  readonly headers?:
    | HeaderSet
    | readonly HeaderSet[]
    | ((decision: Decision) => Readonly<Record<string, string>>)
    | undefined
  /** Other names than the usual ones for the `legacy` headers. */
  readonly headerNames?: { readonly [K in keyof HeaderNames]?: string | undefined } | undefined
  /** How `Retry-After` says when: seconds to wait (the default), or a date. */
  readonly retryAfter?: 'delta-seconds' | 'http-date' | undefined
}

/**
 * The names in use: the usual ones but for those that are given.
 * @throws ConfigurationError for a name that no header can have, and for a header there is not.
 */
export function resolveHeaderNames(given: HeaderOptions['headerNames']): HeaderNames {
  const names = { ...HEADER_NAMES } as Record<string, string>
  for (const [header, name] of Object.entries(given ?? {})) {
    if (!Object.hasOwn(HEADER_NAMES, header)) {
      throw new ConfigurationError(
        `headerNames: there is no header ${quote(header)}; expected ${Object.keys(HEADER_NAMES).join(', ')}`,
      )
    }
    if (name === undefined) continue
    if (typeof name !== 'string' || !isHeaderName(name)) {
      throw new ConfigurationError(
        `headerNames.${header}: no header can be named ${show(name)}; expected a token such as "X-Limit"`,
      )
    }
    names[header] = name
  }
  return names as Record<keyof HeaderNames, string>
}

/**
 * The header sets that are asked for, each once.
 * @throws ConfigurationError for anything that is none.
 */
export function resolveHeaderSets(given: HeaderSet | readonly HeaderSet[] | undefined): readonly HeaderSet[] {
  const sets: unknown = given === undefined ? [] : typeof given === 'string' ? [given] : given
  if (!Array.isArray(sets) || !sets.every((set) => HEADER_SETS.includes(set))) {
    throw new ConfigurationError(
      `headers: ${show(given)} is no set of headers; ` +
        `expected "${HEADER_SETS.join('", "')}", a list of these, or a function`,
    )
  }
  return [...new Set<HeaderSet>(sets)]
}
