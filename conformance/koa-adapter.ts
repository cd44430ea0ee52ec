import type RouterClass from '@koa/router'
import type { Context, Middleware, Response } from 'koa'
import type KoaClass from 'koa'
import { createLimiter, isLimiterError, type KoaLimiter, remoteAddress } from '../src/adapters/koa/index.ts'
import type { App, ConformanceAdapter, Stage } from './adapter.ts'
import { Declarations } from './declarations.ts'
import type { RequestView } from './forms.ts'
import type { GroupSpec, RouteSpec, Scenario } from './format.ts'
import { LocalServer } from './local-server.ts'
import { attachmentOf, exemptionOf, hasIpv6Addresses, needsRouteNames, routeNameOf, routesInOrder } from './scenario.ts'
import { ScenarioParts } from './scenario-parts.ts'

type Frameworks = readonly [Koa: typeof KoaClass, Router: typeof RouterClass]

/** Plays scenarios on Koa: groups are routers, limits and exemptions are middleware. */
export function koaAdapter(name: string, ...frameworks: Frameworks): ConformanceAdapter {
  return {
    name,
    wrongMethodStatus: 405,
    build: async (scenario, stage) => new KoaBuilder(frameworks, scenario, stage).build(),
  }
}

class KoaBuilder {
  readonly #frameworks: Frameworks
  readonly #scenario: Scenario
  readonly #declarations: Declarations<Context, Response>
  readonly #parts: ScenarioParts<Context, Response, KoaLimiter>
  #request: Context | undefined

  constructor(frameworks: Frameworks, scenario: Scenario, stage: Stage) {
    this.#frameworks = frameworks
    this.#scenario = scenario
    this.#declarations = new Declarations<Context, Response>({
      stage,
      remoteAddress: hasIpv6Addresses(scenario) ? (ctx) => ctx.ip : remoteAddress,
      viewRequest,
      viewResponse: (response) => ({ status: response.status, header: (header) => response.get(header) || undefined }),
      request: () => this.#request!,
    })
    // Routes are named as @koa/router has it.
    const requestIdentifier = (ctx: Context): string => String(ctx['routerName'] ?? '')
    this.#parts = new ScenarioParts(scenario, this.#declarations, viewRequest, (options) =>
      createLimiter(needsRouteNames(scenario) ? { requestIdentifier, ...options } : options),
    )
  }

  async build(): Promise<App> {
    const [Koa] = this.#frameworks
    const app = new Koa()
    app.silent = true
    app.use(async (ctx, next) => {
      this.#request = ctx
      try {
        await next()
      } catch (error) {
        if (isLimiterError(error) && 'status' in error) throw error
        ctx.status = (error as { status?: number }).status ?? 500
        ctx.body = 'Internal Server Error'
      }
    })
    for (const limiter of this.#parts.limiters.values()) limiter.init(app)
    const router = this.#router(undefined)
    app.use(router.routes()).use(router.allowedMethods())
    const server = await LocalServer.start(app.callback())
    return {
      request: async (step) => server.request(step),
      current: () => this.#parts.current(this.#request!),
      reset: async () => this.#parts.reset(),
      close: async () => server.close(),
    }
  }

  /** The router of a group, or of all routes that are in none, with those of the groups inside it. */
  #router(group: GroupSpec | undefined): RouterClass {
    const [, Router] = this.#frameworks
    const router = new Router()
    if (group) this.#declareGroup(group, router)
    const id = group && (group.id ?? group.name)
    for (const route of routesInOrder(this.#scenario)) if (route.group === id) this.#addRoute(route, router)
    for (const inner of this.#scenario.groups ?? []) {
      if (inner.parent === id) router.use(inner.prefix, this.#router(inner).routes())
    }
    return router
  }

  #declareGroup(group: GroupSpec, router: RouterClass): void {
    for (const limit of group.limits ?? []) {
      const { spec } = attachmentOf(this.#scenario, limit)
      this.#parts.limiterOf(limit).group(router, [this.#declarations.limitObject(spec)])
    }
    if (group.exempt === undefined) return
    const { limiter, scopes } = exemptionOf(group.exempt)
    this.#parts.limiter(limiter).exempt(router, scopes)
  }

  #addRoute(route: RouteSpec, router: RouterClass): void {
    const middleware: Middleware[] = (route.limits ?? []).map((limit) => this.#parts.limit(limit))
    if (route.exempt !== undefined) {
      const { limiter, scopes } = exemptionOf(route.exempt)
      middleware.push(this.#parts.limiter(limiter).exempt(scopes))
    }
    const answer = this.#parts.handler(route)
    const handler: Middleware = async (ctx) => {
      const { status, headers, body } = await answer(ctx)
      ctx.type = 'text/plain'
      ctx.set(headers)
      ctx.body = body
      ctx.status = status
    }
    router.register(route.path, [...(route.methods ?? ['GET'])], [...middleware, handler], { name: routeNameOf(route) })
  }
}

function viewRequest(ctx: Context): RequestView {
  return {
    method: ctx.method,
    path: decodeURIComponent(ctx.path),
    remoteAddress: ctx.req.socket.remoteAddress ?? '',
    header: (name) => ctx.req.headers[name.toLowerCase()]?.toString(),
    pathParam: (name) => (ctx['params'] as Record<string, string>)[name],
  }
}
