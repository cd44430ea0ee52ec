import { Readable } from 'node:stream'
import type RouterClass from '@koa/router'
import type { Context, Middleware, Response } from 'koa'
import { createLimiter, type KoaLimiter, remoteAddress } from '../../../src/adapters/koa/index.ts'
import { type AdapterHarness, AppParts, type GroupSpec, type RouteSpec, serve } from '../../../src/testing/index.ts'
import { limitersOf, limitGroup, scopesOf } from '../harness-parts.ts'
import type { Version } from './versions.ts'

type Parts = AppParts<Context, Response, KoaLimiter>

/** Builds apps of the adapter contract: groups are routers, limits and exemptions are middleware. */
export function koaHarness({ name, Koa, Router }: Version): AdapterHarness {
  return {
    name,
    async build(spec) {
      const parts: Parts = new AppParts(spec, {
        createLimiter,
        remoteAddress,
        viewRequest: (ctx: Context) => ({
          method: ctx.method,
          path: ctx.path,
          user: (ctx.state as { user?: string }).user,
          header: (header) => ctx.req.headers[header.toLowerCase()]?.toString(),
          param: (param) => (ctx['params'] as Record<string, string>)[param],
        }),
        viewResponse: (response: Response) => ({
          status: response.status,
          header: (header) => response.get(header) || undefined,
        }),
        state: (ctx) => ctx.state.rateLimit,
      })
      const app = new Koa()
      app.silent = true
      for (const limiter of limitersOf(spec, parts, 'early')) limiter.init(app)
      for (const limit of spec.standing ?? []) app.use(parts.limit(limit))
      if (spec.authentication) app.use(authentication(spec.authentication))
      const router = declare(new Router(), spec, parts, Router)
      app.use(router.routes()).use(router.allowedMethods())
      for (const limiter of limitersOf(spec, parts, 'late')) limiter.init(app)
      const server = await serve(app.callback())
      return { ...server, limiter: (limiter) => parts.limiter(limiter) }
    },
  }
}

function authentication(mode: 'optional' | 'required'): Middleware {
  return async (ctx, next) => {
    const user = ctx.get('X-User')
    if (user === '' && mode === 'required') ctx.throw(401, 'who are you?')
    if (user !== '') ctx.state['user'] = user
    await next()
  }
}

function declare(
  router: RouterClass,
  { routes = [], groups = [] }: Pick<GroupSpec, 'routes' | 'groups'>,
  parts: Parts,
  Router: typeof RouterClass,
): RouterClass {
  for (const route of routes) addRoute(router, route, parts)
  for (const group of groups) {
    const inner = new Router()
    limitGroup(inner, group, parts)
    router.use(group.prefix, declare(inner, group, parts, Router).routes())
  }
  return router
}

function addRoute(router: RouterClass, spec: RouteSpec, parts: Parts): void {
  const limits = (spec.limits ?? []).map((limit) => parts.limit(limit))
  const exemptions = spec.exempt ? [parts.limiter().exempt(scopesOf(spec.exempt))] : []
  const answer: Middleware = async (ctx) => {
    const { status, headers, body } = await parts.reply(spec, ctx)
    ctx.set(headers)
    ctx.body = typeof body === 'string' ? body : Readable.from(body)
    ctx.status = status
  }
  router.register(spec.path, [...(spec.methods ?? ['GET'])], [...limits, ...exemptions, answer])
}
