import type { Context, Env, MiddlewareHandler, Next } from 'hono'
import type { RouterRoute } from 'hono/types'
import { ConfigurationError } from '../../errors.ts'
import { type CodeLimit, HttpLimiter, unknownApp } from '../../http/http-limiter.ts'
import { createProxyTrust, type ProxyTrust, type TrustProxy } from '../../http/proxy-trust.ts'
import { isClusterWorker } from '../../http/runtime.ts'
import type { BoundStorage } from '../../limiter/bound-engines.ts'
import type { CompiledEndpoint } from '../../limiter/compiled-endpoint.ts'
import type { Decision } from '../../limiter/decision.ts'
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
import { show } from '../../show.ts'
import type { MaybePromise } from '../../storage/storage.ts'
import { throwingExceptions } from './exception.ts'
import { Exchange, requestContext } from './exchange.ts'
import { lostRoute, markRoutes } from './groups.ts'
import { type Answer, checkExemption, decideHere, decideStanding } from './middleware.ts'
import { isRoute, recordOf, type RouteRecord } from './route-record.ts'
import { type AnyEnv, type App, type HonoApp, isApp } from './types.ts'

/** The options of `createLimiter` for Hono. */
export interface HonoLimiterOptions<E extends Env = AnyEnv> extends Omit<
  LimiterOptions<Context<E>, Response>,
  'storage'
> {
  /** Where counters live: as everywhere, or a function of the context: `(c) => c.env.REDIS_URL`. By default `memory://`. */
  readonly storage?:
    | LimiterOptions<Context<E>, Response>['storage']
    | ((context: Context<E>) => BoundStorage)
    | undefined
  /** Whom `remoteAddress` believes when a request says on whose behalf it comes. */
  readonly trustProxy?: TrustProxy | undefined
}

/** A middleware that limits the route it is attached to, or, by `app.use`, everything that passes it. */
export interface LimitMiddleware<E extends Env = AnyEnv> extends MiddlewareHandler<E>, CodeLimit<Context<E>> {}

/** Makes a limiter for Hono 4. Throws a ConfigurationError for options that cannot be used. */
export function createLimiter<E extends Env = AnyEnv>(
  options: HonoLimiterOptions<E> | (Partial<HonoLimiterOptions<E>> & ConfiguredOptions),
): HonoLimiter<E> {
  return new HonoLimiter<E>(withConfigured(options as HonoLimiterOptions<E>))
}

/** The limiters of an app. */
const installed = new WeakMap<readonly RouterRoute[], HonoLimiter[]>()

/** Limits the routes of Hono apps. */
export class HonoLimiter<E extends Env = AnyEnv> extends HttpLimiter<Context<E>, Response> {
  /** @internal */
  readonly trust: ProxyTrust | undefined
  /** Whether handlers may leave charges that wait for the response. @internal */
  chargesLate: boolean
  /** With Hono's own error handler, where it is known. */
  readonly #apps = new Map<App, unknown>()
  readonly #standing = new WeakMap<Rule<Context<E>, Response>, Map<string, CompiledEndpoint<Context<E>, Response>>>()
  #groups: RouterRoute[][] = []

  constructor(options: HonoLimiterOptions<E>) {
    const storage = options?.storage
    super(options as LimiterOptions<Context<E>, Response>, {
      extraOptions: ['trustProxy'],
      storageOf: typeof storage === 'function' ? (storage as (context: Context<E>) => BoundStorage) : undefined,
    })
    this.trust = options.trustProxy === undefined ? undefined : createProxyTrust(options.trustProxy)
    this.chargesLate = !this.settings.autoCheck
  }

  /** Limits an app: all routes that are declared from here on. Middleware that stands before it, such as authentication, runs before a request is decided. */
  init(app: HonoApp): this {
    if (!isApp(app))
      throw new ConfigurationError(`limiter.init: expected a Hono app, made by new Hono(), got ${show(app)}`)
    const earlier = app.routes.find(isRoute)
    if (earlier) {
      throw new ConfigurationError(
        `limiter.init(app) has to stand before the routes, and ${earlier.method} ${earlier.path} is there already: Hono runs handlers in the order in which they are declared`,
      )
    }
    const others = installed.get(app.routes) ?? []
    this.inspectInstallation(others, isClusterWorker())
    installed.set(app.routes, [...others, this as HonoLimiter])
    this.#apps.set(app, ownErrorHandler(app))
    markRoutes(app)
    app.use(
      declare((context: Context, next: Next) => decideHere(this as HonoLimiter, context, next), { limiter: this }),
    )
    return this
  }

  /** A limit for a route: put it before the handler. */
  limit(notation: Notation<Context<E>>, options: LimitOptions<Context<E>, Response> = {}): LimitMiddleware<E> {
    return this.#middleware(this.declareLimit(notation, options, 'limiter.limit'))
  }

  /** A limit with one counter for all the routes it is attached to. */
  sharedLimit(notation: Notation<Context<E>>, options: SharedLimitOptions<Context<E>, Response>): LimitMiddleware<E> {
    return this.#middleware(this.declareSharedLimit(notation, options))
  }

  /** Limits for the routes of a sub-app that is not mounted yet, counted for each route by itself. */
  group(
    target: HonoApp,
    limits: Notation<Context<E>> | readonly LimitEntry<Context<E>, Response>[],
    options: LimitOptions<Context<E>, Response> = {},
  ): this {
    this.declareGroup(this.#groupTarget(target, 'limiter.group'), limits, options)
    return this
  }

  /** Exempts the route it is attached to: bare from every limit, with scopes from exactly those. */
  exempt(scopes?: ExemptionScopes): MiddlewareHandler<E>
  /** Exempts the routes of a sub-app that is not mounted yet. */
  exempt(target: HonoApp, scopes?: ExemptionScopes): this
  exempt(first?: ExemptionScopes | HonoApp, scopes?: ExemptionScopes): MiddlewareHandler<E> | this {
    if (isApp(first)) {
      this.declareGroupExemption(this.#groupTarget(first, 'limiter.exempt'), scopes)
      return this
    }
    const exempt: MiddlewareHandler<E> = (context, next) => checkExemption(this as HonoLimiter, context, next)
    return declare(exempt, {
      limiter: this,
      exemption: checkScopes(first as ExemptionScopes | undefined, 'limiter.exempt'),
    })
  }

  override check(context: Context<E>): MaybePromise<Decision> {
    return throwingExceptions(
      () => Exchange.of(context),
      () => super.check(context),
    )
  }

  protected override exchangeOf(context: Context<E>): Exchange | undefined {
    return Exchange.of(context)
  }

  protected override *endpoints(): Iterable<CompiledEndpoint<Context<E>, Response>> {
    for (const { routes } of this.#apps.keys()) {
      for (const route of routes) {
        if (!isRoute(route)) continue
        const record = recordOf(route, routes)
        yield record.endpoint(this as HonoLimiter, record.name)
      }
    }
  }

  /** A request will reach a route: decides it. Answers undefined where nothing is decided by itself. @internal */
  enterRoute(exchange: Exchange, route: RouteRecord): MaybePromise<Outcome<Context, Response> | undefined> {
    const record = exchange.record(this as HonoLimiter)
    // The limiter may stand before the app and before a sub-app.
    if (record.endpoint || record.isUnmatched) return undefined
    const name = this.engine.nameOf(exchange.request, route.name)
    if (name !== '')
      return this.enter(exchange, route.endpoint(this as HonoLimiter, name), route.method(exchange.request))
    record.isUnmatched = true
    return undefined
  }

  /** The endpoint of a middleware that limits right where it stands: the pattern that it is mounted on. @internal */
  standingEndpoint(rule: Rule<Context<E>, Response>, path: string): CompiledEndpoint<Context<E>, Response> {
    let byPath = this.#standing.get(rule)
    if (!byPath) this.#standing.set(rule, (byPath = new Map()))
    let endpoint = byPath.get(path)
    if (!endpoint) {
      if (this.#apps.size === 0) throw unknownApp()
      const name = path.replace(/\/?\*$/, '') || '/'
      byPath.set(path, (endpoint = this.standing(name, [rule])))
    }
    return endpoint
  }

  /**
   * Whether what is refused at this place in the order of handlers can be answered there, because no error handler of the app
   * wants to see it.
   * @internal
   */
  answersItself(place: RouterRoute | undefined): boolean {
    for (const [app, standard] of this.#apps) {
      // What was mounted elsewhere is there under another object, and errors go to the app around it.
      if (app.errorHandler === standard && place && app.routes.includes(place)) return true
    }
    return false
  }

  /**
   * Groups are where they can be told by their routes. To be asked when requests come, for then Hono takes no more routes.
   * @internal
   */
  checkGroups(): void {
    for (const group of this.#groups) {
      for (const { routes } of this.#apps.keys()) {
        const lost = lostRoute(group, routes)
        if (!lost) continue
        throw new ConfigurationError(
          `limiter.group: the sub-app with ${lost.method} ${lost.path} was mounted before the limiter knew of it; call limiter.group(subApp, …) before app.route(…, subApp)`,
        )
      }
    }
    this.#groups = []
  }

  /** What stands for a group: the routes of its app, which `basePath()` makes several objects of. */
  #groupTarget(target: HonoApp, where: string): RouterRoute[] {
    if (!isApp(target))
      throw new ConfigurationError(`${where}: expected a Hono app, made by new Hono(), got ${show(target)}`)
    markRoutes(target)
    this.#groups.push(target.routes)
    return target.routes
  }

  #middleware(rule: Rule<Context<E>, Response>): LimitMiddleware<E> {
    if (rule.deductWhen) this.chargesLate = true
    const code = this.inCode(rule, () => requestContext()?.getStore())
    const limit = (context: Context<E>, next: Next): Answer =>
      this.settings.enabled ? decideStanding(this as HonoLimiter, rule, context, next) : next()
    const inCode: CodeLimit<Context<E>> = {
      check: (context) =>
        throwingExceptions(
          () => Exchange.of(context),
          () => code.check(context),
        ),
      wrap: (fn) => {
        if (requestContext()) return throughExceptions(code.wrap(fn))
        throw new ConfigurationError(
          'limiter.limit(…).wrap(fn): this runtime has no AsyncLocalStorage, which tells the request; use limit.check(context)',
        )
      },
    }
    return declare(Object.assign(limit as MiddlewareHandler<E>, inCode), { limiter: this, rule })
  }
}

/** The same function, for which Hono's exceptions stand for our errors. */
function throughExceptions<This, Args extends unknown[], Result>(
  fn: (this: This, ...args: Args) => Result,
): (this: This, ...args: Args) => Result {
  const current = (): Exchange | undefined => {
    const request = requestContext()?.getStore()
    return request && Exchange.of(request)
  }
  return function limited(this: This, ...args: Args) {
    return throwingExceptions(current, () => fn.apply(this, args)) as Result
  }
}

/** Hono's own error handler, as an app has it that was told of no other; undefined where it cannot be known whether that is asked. */
function ownErrorHandler(app: App): unknown {
  try {
    const { errorHandler, _basePath } = new (app.constructor as new () => App)()
    return app._basePath === _basePath ? errorHandler : undefined
  } catch {
    return undefined
  }
}
