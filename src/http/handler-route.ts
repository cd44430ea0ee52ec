import { ConfigurationError } from '../errors.ts'
import { checkNames } from '../limiter/check-options.ts'
import type { CompiledEndpoint } from '../limiter/compiled-endpoint.ts'
import { declarationOf } from '../limiter/declaration.ts'
import { EndpointCache } from '../limiter/endpoint-cache.ts'
import type { ExemptionScopes, LimitOptions, Notation } from '../limiter/limit-options.ts'
import { checkScopes } from '../limiter/limiter.ts'
import type { Exemption } from '../limiter/resolve.ts'
import { type Rule, ruleOf } from '../limiter/rule.ts'
import { show } from '../show.ts'
import type { HandlerGroup, HandlerLimiter } from './handler-limiter.ts'
import type { CodeLimit } from './http-limiter.ts'

/** A limit of a handler, as an object. */
export interface HandlerLimitObject<Req, Res> extends LimitOptions<Req, Res> {
  readonly limit: Notation<Req>
  /** One counter for all handlers with this scope, instead of one per handler. */
  readonly shared?: boolean | undefined
}

/** A limit of a handler: in words, as an object, or made by `limiter.limit()` or `limiter.sharedLimit()`. */
export type HandlerLimit<Req, Res> = Notation<Req> | HandlerLimitObject<Req, Res> | CodeLimit<Req>

/** What a handler is, and how it is limited, where no framework matches routes. */
export interface HandlerOptions<Req, Res> {
  /**
   * The name under which its requests are counted: method and pattern, such as `GET /items/:id`, never the concrete path. A
   * function names it for each request, for handlers of several routes; an empty answer means: none of them takes it.
   */
  readonly endpoint: string | ((request: Req, ...args: never[]) => string)
  /** Its own limits. They stand in for the defaults, unless `overrideDefaults: false`. */
  readonly limits?: HandlerLimit<Req, Res> | readonly HandlerLimit<Req, Res>[] | undefined
  /** The group that it is in, made by `limiter.group()`. */
  readonly group?: HandlerGroup | undefined
  /** True: exempt from every limit; scopes: from exactly those. */
  readonly exempt?: true | ExemptionScopes | undefined
}

/** `endpoint` functions may make names of anything: how many are kept for `clear` is bounded. */
const MOST_NAMES = 1000

/** A handler as it was declared. */
export class HandlerRoute<Req extends object, Res> {
  readonly #limiter: HandlerLimiter<Req, Res>
  readonly #endpoint: string | ((request: Req, ...args: readonly unknown[]) => string)
  readonly #rules: readonly Rule<Req, Res>[]
  readonly #exemption: Exemption | undefined
  readonly #groups: readonly HandlerGroup[]
  readonly #endpoints = new EndpointCache<Req, Res, HandlerLimiter<Req, Res>>((limiter) => ({
    rules: this.#rules,
    exemption: this.#exemption,
    groups: this.#groups.map((group) => limiter.groupOf(group)!),
  }))
  readonly #names = new Set<string>()

  constructor(limiter: HandlerLimiter<Req, Res>, options: HandlerOptions<Req, Res>) {
    const where = 'limiter.handler'
    checkNames(options ?? {}, ['endpoint', 'limits', 'group', 'exempt'], where)
    const { endpoint, limits = [], group, exempt } = options ?? {}
    if (typeof endpoint !== 'function' && (typeof endpoint !== 'string' || endpoint === '')) {
      throw new ConfigurationError(
        `${where}: endpoint: expected a name such as 'GET /items/:id', or a function that answers it, got ${show(endpoint)}`,
      )
    }
    this.#limiter = limiter
    this.#endpoint = endpoint as (request: Req, ...args: readonly unknown[]) => string
    const entries = Array.isArray(limits)
      ? (limits as readonly HandlerLimit<Req, Res>[])
      : [limits as HandlerLimit<Req, Res>]
    const rules = entries.map((entry, index) =>
      this.#ruleOf(entry, entries.length === 1 ? `${where}: limits` : `${where}: limits[${index}]`),
    )
    this.#rules = [...new Set(rules)]
    this.#exemption =
      exempt === undefined ? undefined : checkScopes(exempt === true ? undefined : exempt, `${where}: exempt`)
    this.#groups = group === undefined ? [] : limiter.chainOf(group, `${where}: group`)
    if (typeof endpoint === 'string') this.#names.add(endpoint)
  }

  /** The names under which requests were counted so far. */
  get names(): Iterable<string> {
    return this.#names
  }

  /** The name of a request's endpoint; empty where it has none. */
  nameFor(request: Req, args: readonly unknown[]): string {
    const own = this.#endpoint
    if (typeof own === 'string' && !this.#limiter.settings.requestIdentifier) return own
    const name = this.#limiter.engine.nameOf(request, typeof own === 'string' ? own : () => own(request, ...args))
    if (name !== '' && this.#names.size < MOST_NAMES) this.#names.add(name)
    return name
  }

  /** The endpoint of a name. */
  endpoint(name: string): CompiledEndpoint<Req, Res> {
    return this.#endpoints.get(this.#limiter, name)
  }

  #ruleOf(entry: HandlerLimit<Req, Res>, where: string): Rule<Req, Res> {
    const isCarrier = (typeof entry === 'object' && entry !== null) || typeof entry === 'function'
    const declaration = isCarrier ? declarationOf<HandlerLimiter<Req, Res>, Req, Res>(entry) : undefined
    if (!declaration) {
      return ruleOf<Req, Res>(
        'route',
        entry as Notation<Req> | HandlerLimitObject<Req, Res>,
        {},
        this.#limiter.settings.ruleDefaults,
        where,
      )
    }
    if (declaration.limiter === this.#limiter) return declaration.rule!
    throw new ConfigurationError(
      `${where}: this limit was made by another limiter; put a handler of that one around this one`,
    )
  }
}

/** The method by which a request counts: HEAD, unless the endpoint's name begins with it, counts as GET. */
export function methodAt(name: string, method: string): string {
  return method === 'HEAD' && !/^(?:[A-Z]+,)*HEAD\b/.test(name) ? 'GET' : method
}
