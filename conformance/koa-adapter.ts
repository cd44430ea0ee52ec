import type RouterClass from '@koa/router'
import type { Context, Middleware, Response } from 'koa'
import type KoaClass from 'koa'
import { createLimiter, isLimiterError, type KoaLimiter, remoteAddress } from '../src/adapters/koa/index.ts'
import type { ConformanceAdapter } from './adapter.ts'
import type { RequestView } from './forms.ts'
import type { GroupSpec, RouteSpec } from './format.ts'
import { LocalServer } from './local-server.ts'
import { contentsOf, routeNameOf } from './scenario.ts'
import { ScenarioParts } from './scenario-parts.ts'

type Parts = ScenarioParts<Context, Response, KoaLimiter>

/** Plays scenarios on Koa: groups are routers, limits and exemptions are middleware. */
export function koaAdapter(name: string, Koa: typeof KoaClass, Router: typeof RouterClass): ConformanceAdapter {
  return {
    name,
    wrongMethodStatus: 405,
    async build(scenario, stage) {
      const parts: Parts = new ScenarioParts(scenario, stage, {
        createLimiter,
        remoteAddress,
        viewRequest,
        viewResponse: (response: Response) => ({
          status: response.status,
          header: (header) => response.get(header) || undefined,
        }),
        // Routes are named as @koa/router has it.
        routeName: (ctx) => String(ctx['routerName'] ?? ''),
      })
      const app = new Koa()
      app.silent = true
      app.use(async (ctx, next) => {
        parts.request = ctx
        try {
          await next()
        } catch (error) {
          if (isLimiterError(error) && 'status' in error) throw error
          ctx.status = (error as { status?: number }).status ?? 500
          ctx.body = 'Internal Server Error'
        }
      })
      for (const limiter of parts.limiters.values()) limiter.init(app)
      const router = routerOf(undefined, parts, Router)
      app.use(router.routes()).use(router.allowedMethods())
      return parts.servedBy(await LocalServer.start(app.callback()))
    },
  }
}

/** The router of a group, or of all routes that are in none, with those of the groups inside it. */
function routerOf(group: GroupSpec | undefined, parts: Parts, Router: typeof RouterClass): RouterClass {
  const router = new Router()
  if (group) {
    for (const { limiter, limit } of parts.groupLimits(group)) limiter.group(router, [limit])
    for (const { limiter, scopes } of parts.exemptions(group)) limiter.exempt(router, scopes)
  }
  const { routes, groups } = contentsOf(parts.scenario, group)
  for (const route of routes) addRoute(router, route, parts)
  for (const inner of groups) router.use(inner.prefix, routerOf(inner, parts, Router).routes())
  return router
}

function addRoute(router: RouterClass, route: RouteSpec, parts: Parts): void {
  const limits = (route.limits ?? []).map((limit) => parts.limit(limit))
  const exemptions = parts.exemptions(route).map(({ limiter, scopes }) => limiter.exempt(scopes))
  const answer = parts.handler(route)
  const handler: Middleware = async (ctx) => {
    const { status, headers, body } = await answer(ctx)
    ctx.type = 'text/plain'
    ctx.set(headers)
    ctx.body = body
    ctx.status = status
  }
  const methods = [...(route.methods ?? ['GET'])]
  router.register(route.path, methods, [...limits, ...exemptions, handler], { name: routeNameOf(route) })
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
