import type { Context, Hono, MiddlewareHandler } from 'hono'
import { createLimiter, type HonoLimiter, remoteAddress } from '../../../src/adapters/hono/index.ts'
import { type AdapterHarness, AppParts, type GroupSpec, type RouteSpec, serve } from '../../../src/testing/index.ts'
import { limitGroup, scopesOf } from '../harness-parts.ts'
import { listenerOf, type Version } from './versions.ts'

type Parts = AppParts<Context, Response, HonoLimiter>

/**
 * Builds apps of the adapter contract: groups are sub-apps, limits and exemptions are middleware. `answering`: errors are
 * answered by an error handler of the app, not by Hono's.
 */
export function honoHarness({ name, Hono }: Version, answering: boolean): AdapterHarness {
  return {
    name,
    lacks: {
      'late-init': 'handlers run in the order in which they are declared',
      'automatic-options': 'OPTIONS is answered by what is declared for it',
    },
    async build(spec) {
      const parts: Parts = new AppParts(spec, {
        createLimiter,
        remoteAddress,
        viewRequest: (context: Context) => ({
          method: context.req.method,
          path: context.req.path,
          user: context.get('user') as string | undefined,
          header: (header) => context.req.header(header),
          param: (param) => context.req.param(param),
        }),
        viewResponse: ({ status, headers }) => ({ status, header: (header) => headers.get(header) ?? undefined }),
        state: (context) => context.var.rateLimit,
      })
      const app = new Hono()
      if (answering) app.onError(onError)
      // Limits stand before authentication, and that before the limiter, which decides where it stands.
      for (const limit of spec.standing ?? []) app.use(parts.limit(limit))
      if (spec.authentication) app.use(authentication(spec.authentication))
      for (const limiter of parts.limiters.values()) limiter.init(app)
      declare(app, spec, parts, Hono)
      const server = await serve(listenerOf(app))
      return { ...server, limiter: (limiter) => parts.limiter(limiter) }
    },
  }
}

function onError(error: Error, context: Context): Response {
  if ('getResponse' in error) return (error as { getResponse(): Response }).getResponse()
  return context.text('Internal Server Error', 500)
}

function authentication(mode: 'optional' | 'required'): MiddlewareHandler {
  return async (context, next) => {
    const user = context.req.header('X-User')
    if (user === undefined && mode === 'required') return context.text('who are you?', 401)
    context.set('user', user)
    return next()
  }
}

function declare(
  app: Hono,
  { routes = [], groups = [] }: Pick<GroupSpec, 'routes' | 'groups'>,
  parts: Parts,
  create: typeof Hono,
): void {
  for (const route of routes) addRoute(app, route, parts)
  for (const group of groups) {
    const subApp = new create()
    limitGroup(subApp, group, parts)
    declare(subApp, group, parts, create)
    app.route(group.prefix, subApp)
  }
}

function addRoute(app: Hono, spec: RouteSpec, parts: Parts): void {
  const limits = (spec.limits ?? []).map((limit) => parts.limit(limit))
  const exemptions = spec.exempt ? [parts.limiter().exempt(scopesOf(spec.exempt))] : []
  const handler = async (context: Context): Promise<Response> => {
    const { status, headers, body } = await parts.reply(spec, context)
    if (typeof body === 'string') return context.text(body, status as 200, { ...headers })
    return new Response(ReadableStream.from(body).pipeThrough(new TextEncoderStream()), { status, headers })
  }
  app.on([...(spec.methods ?? ['GET'])], [spec.path], ...limits, ...exemptions, handler)
}
