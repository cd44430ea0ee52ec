import { ConfigurationError } from '../errors.ts'
import type { CompiledEndpoint } from '../limiter/compiled-endpoint.ts'
import type { ExemptionScopes, LimitEntry, LimitOptions, Notation } from '../limiter/limit-options.ts'
import type { Outcome } from '../limiter/outcome.ts'
import { show } from '../show.ts'
import type { MaybePromise } from '../storage/storage.ts'
import { type HandlerOptions, HandlerRoute, methodAt } from './handler-route.ts'
import type { HttpExchange } from './http-exchange.ts'
import { HttpLimiter } from './http-limiter.ts'

/** Handlers that have limits together. */
export class HandlerGroup {
  readonly name: string
  /** The group around it. */
  readonly group: HandlerGroup | undefined

  /** @internal */
  constructor(name: string, group: HandlerGroup | undefined) {
    this.name = name
    this.group = group
  }
}

/** What a group can have beside its limits. */
export interface HandlerGroupOptions<Req, Res> extends LimitOptions<Req, Res> {
  /** The group that it is in. */
  readonly group?: HandlerGroup | undefined
}

/** A limiter where no framework matches routes: handlers are named, and groups are named too. */
export abstract class HandlerLimiter<Req extends object, Res> extends HttpLimiter<Req, Res> {
  readonly #groups = new Map<string, HandlerGroup>()
  readonly #routes = new Set<HandlerRoute<Req, Res>>()

  /**
   * A group of handlers, with limits that are counted for each handler by itself. Called again with the same name, it adds
   * limits to the same group.
   */
  group(
    name: string,
    limits: Notation<Req> | readonly LimitEntry<Req, Res>[],
    { group: around, ...options }: HandlerGroupOptions<Req, Res> = {},
  ): HandlerGroup {
    const where = 'limiter.group'
    if (typeof name !== 'string' || name === '') {
      throw new ConfigurationError(`${where}: expected a name, got ${show(name)}`)
    }
    if (around !== undefined) this.chainOf(around, `${where}: group`)
    const known = this.#groups.get(name)
    if (known && around !== undefined && known.group !== around) {
      throw new ConfigurationError(
        `${where}: the group ${show(name)} is there already, and not in the group ${show(around.name)}`,
      )
    }
    const group = known ?? new HandlerGroup(name, around)
    this.declareGroup(group, limits, options)
    this.#groups.set(name, group)
    return group
  }

  /** Exempts the handlers of a group: bare from every limit, with scopes from exactly those. For one handler there is its option `exempt`. */
  exempt(group: HandlerGroup, scopes?: ExemptionScopes): this {
    this.chainOf(group, 'limiter.exempt')
    this.declareGroupExemption(group, scopes)
    return this
  }

  /** A group of this limiter with those around it, the outermost first. @internal */
  chainOf(group: HandlerGroup, where: string): readonly HandlerGroup[] {
    if (!(group instanceof HandlerGroup) || this.#groups.get(group.name) !== group) {
      throw new ConfigurationError(
        `${where}: expected a group made by limiter.group(name, …) of the same limiter, got ${show(group)}`,
      )
    }
    const chain: HandlerGroup[] = []
    for (let each: HandlerGroup | undefined = group; each; each = each.group) chain.unshift(each)
    return chain
  }

  protected declareHandler(options: HandlerOptions<Req, Res>): HandlerRoute<Req, Res> {
    const route = new HandlerRoute<Req, Res>(this, options)
    this.#routes.add(route)
    return route
  }

  /** A request has reached a handler: decides it there. Answers undefined where nothing is decided by itself. */
  protected enterHandler(
    exchange: HttpExchange<Req, Res>,
    route: HandlerRoute<Req, Res>,
    method: string,
    args: readonly unknown[],
  ): MaybePromise<Outcome<Req, Res> | undefined> {
    const name = route.nameFor(exchange.request, args)
    if (name !== '') return this.enter(exchange, route.endpoint(name), methodAt(name, method))
    exchange.record(this).isUnmatched = true
    return this.enterUnmatched(exchange, method)
  }

  protected override *endpoints(): Iterable<CompiledEndpoint<Req, Res>> {
    for (const route of this.#routes) for (const name of route.names) yield route.endpoint(name)
  }
}
