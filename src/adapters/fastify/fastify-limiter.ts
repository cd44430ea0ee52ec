import { ConfigurationError } from '../../errors.ts'
import { type CodeLimit, hiddenExemption, HttpLimiter, unknownApp } from '../../http/http-limiter.ts'
import { isClusterWorker } from '../../http/runtime.ts'
import { checkChoice } from '../../limiter/check-options.ts'
import { UNMATCHED } from '../../limiter/clear.ts'
import type { CompiledEndpoint } from '../../limiter/compiled-endpoint.ts'
import { declare, type Declaration } from '../../limiter/declaration.ts'
import { type ConfiguredOptions, withConfigured } from '../../limiter/from-config.ts'
import type {
  ExemptionScopes,
  LimitEntry,
  LimitOptions,
  Notation,
  SharedLimitOptions,
} from '../../limiter/limit-options.ts'
import { checkScopes } from '../../limiter/limiter.ts'
import type { LimiterOptions } from '../../limiter/options.ts'
import type { Outcome } from '../../limiter/outcome.ts'
import type { Rule } from '../../limiter/rule.ts'
import { show } from '../../show.ts'
import type { MaybePromise } from '../../storage/storage.ts'
import { currentRequest, Exchange } from './exchange.ts'
import { addCommonHooks } from './head.ts'
import { addDecidingHook, type LimitDeclaration, reachLimit } from './hooks.ts'
import { isInstance } from './internals.ts'
import { addLimiter, limitersOf } from './limiters.ts'
import type { RouteRecord } from './route-record.ts'
import { placeOf, routeOf, routesIn } from './routes.ts'
import type { AnyInstance, Done, Instance, Req, Res } from './types.ts'

/** What helps where tools that trace requests hide what stands on routes. */
const REMEDY = '; import sluice/fastify before fastify() is called'

/** The options of `createLimiter` for Fastify. */
export interface FastifyLimiterOptions extends LimiterOptions<Req, Res> {
  /** Where requests are decided: `onRequest` (the default), or `preHandler`, for keys that are made of the signed-in user or the body. */
  readonly hook?: 'onRequest' | 'preHandler' | undefined
}

/** A hook that limits the route it is attached to, or, by `addHook`, every request that passes it. */
export interface LimitHook extends CodeLimit<Req> {
  (request: object, reply: object, done: Done): void
}

/** A hook that exempts the route it is attached to. */
export type ExemptHook = (request: object, reply: object, done: Done) => void

/** The plugin of a limiter, for `app.register`. */
export type LimiterPlugin = (instance: AnyInstance, options: object, done: Done) => void

/** Makes a limiter for Fastify. Throws a ConfigurationError for options that cannot be used. */
export function createLimiter(
  options: FastifyLimiterOptions | (Partial<FastifyLimiterOptions> & ConfiguredOptions),
): FastifyLimiter {
  return new FastifyLimiter(withConfigured(options as FastifyLimiterOptions))
}

/** Limits the routes of Fastify apps. */
export class FastifyLimiter extends HttpLimiter<Req, Res> {
  /** Register it on the app, any time before it is ready: it limits all its routes, or those of an encapsulated plugin. */
  readonly plugin: LimiterPlugin
  /** @internal */
  readonly hook: 'onRequest' | 'preHandler'
  readonly #routes = new Set<RouteRecord>()
  readonly #installed = new WeakSet<Instance>()
  readonly #standing = new WeakMap<Rule<Req, Res>, WeakMap<Instance, CompiledEndpoint<Req, Res>>>()

  constructor(options: FastifyLimiterOptions) {
    super(options, { extraOptions: ['hook'], lowerCaseNames: true })
    checkChoice(options.hook, 'hook', ['onRequest', 'preHandler'])
    this.hook = options.hook ?? 'onRequest'
    this.plugin = this.#makePlugin()
  }

  /** A limit for a route, as its `onRequest` or `preHandler`. */
  limit(notation: Notation<Req>, options: LimitOptions<Req, Res> = {}): LimitHook {
    return this.#limitHook(this.declareLimit(notation, options, 'limiter.limit'))
  }

  /** A limit with one counter for all the routes it is attached to. */
  sharedLimit(notation: Notation<Req>, options: SharedLimitOptions<Req, Res>): LimitHook {
    return this.#limitHook(this.declareSharedLimit(notation, options))
  }

  /** Limits for the routes of an app or an encapsulated plugin, counted for each route by itself. */
  group(
    target: AnyInstance,
    limits: Notation<Req> | readonly LimitEntry<Req, Res>[],
    options: LimitOptions<Req, Res> = {},
  ): this {
    checkGroup(target, 'limiter.group')
    this.declareGroup(target, limits, options)
    return this
  }

  /** Exempts the route it is attached to: bare from every limit, with scopes from exactly those. */
  exempt(scopes?: ExemptionScopes): ExemptHook
  /** Exempts the routes of an app or an encapsulated plugin. */
  exempt(target: AnyInstance, scopes?: ExemptionScopes): this
  exempt(first?: ExemptionScopes | AnyInstance, scopes?: ExemptionScopes): ExemptHook | this {
    if (isInstance(first)) {
      this.declareGroupExemption(first, scopes)
      return this
    }
    const declaration = {
      limiter: this,
      exemption: checkScopes(first as ExemptionScopes | undefined, 'limiter.exempt'),
    }
    const exempt: ExemptHook = (request, _reply, done) => {
      const route = routeOf(request as Req)
      if (route?.carries(declaration)) return done()
      if (!this.settings.enabled) return done()
      if (route && !placeOf(declaration, route.server)) return done(hiddenExemption(REMEDY))
      done(
        new ConfigurationError(
          'limiter.exempt() exempts the route it is attached to; for the routes of a plugin write limiter.exempt(instance)',
        ),
      )
    }
    return declareHook(exempt, declaration)
  }

  protected override exchangeOf(request: Req): Exchange | undefined {
    return Exchange.of(request)
  }

  protected override *endpoints(): Iterable<CompiledEndpoint<Req, Res>> {
    for (const route of this.#routes) yield route.endpoint(this, route.name)
  }

  /** Takes up a route before which the limiter stands. Throws a ConfigurationError for limits that cannot be meant. @internal */
  meet(route: RouteRecord): void {
    route.declarations()
    this.#routes.add(route)
  }

  /** Throws unless the limiter stands before the routes of an instance. @internal */
  requireInstalled(instance: Instance): void {
    if (this.#installed.has(instance)) return
    if (!limitersOf(instance).includes(this)) throw unknownApp('app.register(limiter.plugin)')
    this.#installed.add(instance)
  }

  /** A request is here, at a route or at none. @internal */
  enterRoute(exchange: Exchange, route: RouteRecord | undefined): MaybePromise<Outcome<Req, Res> | undefined> {
    const { request } = exchange
    const record = exchange.record(this)
    // A handler may pass a request on to the one for 404, which has hooks of its own.
    if (record.endpoint || record.isUnmatched) return undefined
    if (!route) return this.enterUnmatched(exchange, request.method)
    const name = this.engine.nameOf(request, route.name)
    record.isUnmatched = name === ''
    return name === '' ? undefined : this.enter(exchange, route.endpoint(this, name), route.method(request))
  }

  /** The endpoint of a hook that limits right where it stands: the prefix of the instance it was added to. @internal */
  standingEndpoint(
    declaration: LimitDeclaration,
    server: Instance,
    route: RouteRecord | undefined,
  ): CompiledEndpoint<Req, Res> {
    const { rule } = declaration
    let byServer = this.#standing.get(rule)
    if (!byServer) this.#standing.set(rule, (byServer = new WeakMap()))
    let endpoint = byServer.get(server)
    if (!endpoint) {
      const place = placeOf(declaration, server)
      if (route && !place) this.warnOfHiddenLimit(route.name, REMEDY)
      byServer.set(server, (endpoint = this.standing(place ? place.prefix || '/' : UNMATCHED, [rule])))
    }
    return endpoint
  }

  #limitHook(rule: Rule<Req, Res>): LimitHook {
    const declaration = { limiter: this, rule }
    const limit = (request: object, reply: object, done: Done): void => {
      if (this.settings.enabled) reachLimit(declaration, request as Req, reply as Res, done)
      else done()
    }
    const code = this.inCode(rule, () => currentRequest.getStore())
    return declareHook(Object.assign(limit, code), declaration)
  }

  #makePlugin(): LimiterPlugin {
    const plugin: LimiterPlugin = (instance, _options, done) => {
      try {
        this.#install(instance)
      } catch (error) {
        return done(error as Error)
      }
      done()
    }
    // What the package fastify-plugin does: hooks are for the instance that registers, not for a new one inside it.
    return Object.assign(plugin, {
      [Symbol.for('skip-override')]: true,
      [Symbol.for('fastify.display-name')]: 'sluice',
      [Symbol.for('plugin-meta')]: { name: 'sluice', fastify: '>=4.29.0 <6' },
    })
  }

  #install(instance: AnyInstance): void {
    if (!isInstance(instance)) {
      throw new ConfigurationError(`limiter.plugin: expected to be registered on a Fastify app, got ${show(instance)}`)
    }
    const others = limitersOf(instance)
    if (others.includes(this)) return
    this.inspectInstallation(others, isClusterWorker())
    addLimiter(instance, this)
    if (others.length === 0) addCommonHooks(instance)
    addDecidingHook(instance, this)
    for (const route of routesIn(instance)) this.meet(route)
  }
}

/** Fastify binds every hook to its instance; what it declares goes with it. */
function declareHook<T extends (...args: never[]) => unknown>(
  hook: T,
  declaration: Declaration<FastifyLimiter, Req, Res>,
): T {
  const bind = (instance: unknown): unknown =>
    declare(Function.prototype.bind.call(hook, instance) as object, declaration)
  return declare(Object.defineProperty(hook, 'bind', { value: bind }), declaration)
}

function checkGroup(target: AnyInstance, where: string): void {
  if (!isInstance(target))
    throw new ConfigurationError(
      `${where}: expected a Fastify app, or what a plugin gets in its place, got ${show(target)}`,
    )
}
