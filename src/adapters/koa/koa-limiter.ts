import { ConfigurationError } from '../../errors.ts'
import { type CodeLimit, hiddenExemption, HttpLimiter, unknownApp } from '../../http/http-limiter.ts'
import { isClusterWorker } from '../../http/runtime.ts'
import type { CompiledEndpoint } from '../../limiter/compiled-endpoint.ts'
import { declare } from '../../limiter/declaration.ts'
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
import { andThen } from '../../limiter/steps.ts'
import { show } from '../../show.ts'
import type { MaybePromise } from '../../storage/storage.ts'
import { hookApp, routersOf } from './app-hook.ts'
import { currentRequest, Exchange } from './exchange.ts'
import { type Application, isApplication, isRouter, type Middleware, type Router } from './internals.ts'
import { watchMounts } from './mounts.ts'
import { isUsedBy } from './replaced.ts'
import type { OwnDeclaration, RouteRecord } from './route-record.ts'
import { guardRoutes } from './routes.ts'
import type { AnyApplication, AnyRouter, Next, Req, Res } from './types.ts'

/** What helps where tools that trace requests hide what stands on routes. */
const REMEDY = '; call limiter.init(app) before app.use(router.routes())'

/** The options of `createLimiter` for Koa. */
export type KoaLimiterOptions = LimiterOptions<Req, Res>

/** A middleware that limits the route it is attached to, or, by `app.use` or `router.use`, everything that passes it. */
export interface LimitMiddleware extends CodeLimit<Req> {
  (ctx: object, next: Next): unknown
}

/** A middleware that exempts the route it is attached to. */
export type ExemptMiddleware = (ctx: object, next: Next) => unknown

/** Makes a limiter for Koa. Throws a ConfigurationError for options that cannot be used. */
export function createLimiter(
  options: KoaLimiterOptions | (Partial<KoaLimiterOptions> & ConfiguredOptions),
): KoaLimiter {
  return new KoaLimiter(withConfigured(options as KoaLimiterOptions))
}

/** Limits the routes of @koa/router in Koa apps. */
export class KoaLimiter extends HttpLimiter<Req, Res> {
  readonly #groups = new Set<Router>()
  readonly #apps = new Set<Application>()
  readonly #standing = new WeakMap<Rule<Req, Res>, Map<string, CompiledEndpoint<Req, Res>>>()

  /** Limits an app: all routes of its routers, those declared before and those declared after. */
  init(app: AnyApplication): this {
    if (!isApplication(app)) {
      throw new ConfigurationError(`limiter.init: expected a Koa app, made by new Koa(), got ${show(app)}`)
    }
    const limiters = hookApp(app, this)
    this.#apps.add(app)
    this.inspectInstallation(limiters, isClusterWorker())
    return this
  }

  /** A limit for a route: put it before the handler. */
  limit(notation: Notation<Req>, options: LimitOptions<Req, Res> = {}): LimitMiddleware {
    return this.#middleware(this.declareLimit(notation, options, 'limiter.limit'))
  }

  /** A limit with one counter for all the routes it is attached to. */
  sharedLimit(notation: Notation<Req>, options: SharedLimitOptions<Req, Res>): LimitMiddleware {
    return this.#middleware(this.declareSharedLimit(notation, options))
  }

  /** Limits for the routes of a router, counted for each route by itself. */
  group(
    router: AnyRouter,
    limits: Notation<Req> | readonly LimitEntry<Req, Res>[],
    options: LimitOptions<Req, Res> = {},
  ): this {
    this.#takeUp(router, 'limiter.group')
    this.declareGroup(router, limits, options)
    return this
  }

  /** Exempts the route it is attached to: bare from every limit, with scopes from exactly those. */
  exempt(scopes?: ExemptionScopes): ExemptMiddleware
  /** Exempts the routes of a router. */
  exempt(router: AnyRouter, scopes?: ExemptionScopes): this
  exempt(first?: ExemptionScopes | AnyRouter, scopes?: ExemptionScopes): ExemptMiddleware | this {
    if (isRouter(first)) {
      this.#takeUp(first, 'limiter.exempt')
      this.declareGroupExemption(first, scopes)
      return this
    }
    const exemption = checkScopes(first as ExemptionScopes | undefined, 'limiter.exempt')
    const declaration = { limiter: this, exemption }
    const exempt: ExemptMiddleware = (ctx, next) => {
      if (!this.settings.enabled) return next()
      const route = Exchange.of(ctx as Req)?.route
      if (route?.carries(declaration)) return next()
      if (route) throw hiddenExemption(REMEDY)
      throw new ConfigurationError(
        'limiter.exempt() exempts the route it is attached to; for a router write limiter.exempt(router)',
      )
    }
    return declare(exempt, declaration)
  }

  protected override exchangeOf(ctx: Req): Exchange | undefined {
    const exchange = Exchange.of(ctx)
    return exchange?.limiters.includes(this) ? exchange : undefined
  }

  protected override *endpoints(): Iterable<CompiledEndpoint<Req, Res>> {
    for (const app of this.#apps) {
      for (const router of routersOf(app)) {
        for (const route of guardRoutes(router)) for (const name of route.names) yield route.endpoint(this, name)
      }
    }
  }

  /** The routers that are groups, and that no app has as its own. @internal */
  innerGroups(): Iterable<Router> {
    const outer = new Set([...this.#apps].flatMap((app) => [...routersOf(app)]))
    return [...this.#groups].filter((router) => !outer.has(router))
  }

  /** Throws a ConfigurationError for what cannot be meant, before any request. @internal */
  inspectRoutes(): void {
    Array.from(this.endpoints())
  }

  /** A request has reached a route. @internal */
  enterRoute(exchange: Exchange, route: RouteRecord): MaybePromise<Outcome<Req, Res> | undefined> {
    const ctx = exchange.request
    const name = this.engine.nameOf(ctx, route.nameAt(exchange.mounted(route.pattern)))
    exchange.record(this).isUnmatched = name === ''
    return name === '' ? undefined : this.enter(exchange, route.endpoint(this, name), route.method(ctx))
  }

  /**
   * A middleware that limits is reached: a limit of the route is decided already, any other right where it stands. `own` is the
   * middleware where it was not mounted by a router.
   * @internal
   */
  reachLimit(declaration: OwnDeclaration, ctx: Req, next: Next, pattern: string, own?: Middleware): unknown {
    if (!this.settings.enabled) return next()
    const exchange = Exchange.of(ctx)
    if (!exchange?.limiters.includes(this)) throw unknownApp()
    const { route } = exchange
    if (route?.carries(declaration)) return next()
    if (route && own && !isUsedBy(ctx.app as unknown as Application, own)) this.warnOfHiddenLimit(route.pattern, REMEDY)
    const here = this.#standingEndpoint(declaration.rule!, exchange.mounted(pattern))
    return andThen(this.decideAt(exchange, here, ctx.method), (outcome) => exchange.goOn(outcome, next))
  }

  #standingEndpoint(rule: Rule<Req, Res>, pattern: string): CompiledEndpoint<Req, Res> {
    let byPattern = this.#standing.get(rule)
    if (!byPattern) this.#standing.set(rule, (byPattern = new Map()))
    let endpoint = byPattern.get(pattern)
    if (!endpoint) byPattern.set(pattern, (endpoint = this.standing(pattern, [rule])))
    return endpoint
  }

  #middleware(rule: Rule<Req, Res>): LimitMiddleware {
    const declaration = { limiter: this, rule }
    const limit = (ctx: object, next: Next): unknown => this.reachLimit(declaration, ctx as Req, next, '/', limit)
    const code = this.inCode(rule, () => currentRequest.getStore())
    return declare(Object.assign(limit, code), declaration)
  }

  #takeUp(router: object, where: string): void {
    if (!isRouter(router))
      throw new ConfigurationError(`${where}: expected a router of @koa/router, got ${show(router)}`)
    watchMounts(router)
    this.#groups.add(router)
  }
}
