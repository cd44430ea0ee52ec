import type { IncomingMessage } from 'node:http'
import type { Context, Hono } from 'hono'
import { createLimiter, type HonoLimiter, remoteAddress } from '../src/adapters/hono/index.ts'
import { listenerOf, type Version } from '../test/adapters/hono/versions.ts'
import type { ConformanceAdapter } from './adapter.ts'
import type { RequestView } from './forms.ts'
import type { GroupSpec, RouteSpec } from './format.ts'
import { LocalServer } from './local-server.ts'
import { contentsOf, routeNameOf } from './scenario.ts'
import { ScenarioParts } from './scenario-parts.ts'

type Parts = ScenarioParts<Context, Response, HonoLimiter>

/** What apps and sub-apps are built of. */
interface Building {
  readonly Hono: typeof Hono
  readonly parts: Parts
  /** The recorded names of routes, by their paths. */
  readonly routeNames: Map<string, string>
}

/** Plays scenarios on Hono: groups are sub-apps, limits and exemptions are middleware. */
export function honoAdapter({ alias, Hono }: Version): ConformanceAdapter {
  return {
    name: alias,
    wrongMethodStatus: 404,
    async build(scenario, stage) {
      const routeNames = new Map<string, string>()
      const parts: Parts = new ScenarioParts(scenario, stage, {
        createLimiter,
        remoteAddress,
        viewRequest,
        viewResponse: ({ status, headers }: Response) => ({
          status,
          header: (name) => headers.get(name) ?? undefined,
        }),
        routeName: ({ req }) => routeNames.get(req.routePath) ?? '',
      })
      const app = new Hono()
      app.onError((error, context) => {
        if ('getResponse' in error) return (error as { getResponse(): Response }).getResponse()
        return context.text('Internal Server Error', 500)
      })
      app.use(async (context, next) => {
        parts.request = context
        return next()
      })
      for (const limiter of parts.limiters.values()) limiter.init(app)
      declare(app, undefined, '', { Hono, parts, routeNames })
      // What the recorded program answers by itself.
      app.use(async (context, next) => (context.req.method === 'OPTIONS' ? context.body(null, 200) : next()))
      const server = await LocalServer.start((incoming, outgoing) => {
        listenerOf(app)(withoutForeignLetters(incoming), outgoing)
      })
      return parts.servedBy(server)
    },
  }
}

function declare(app: Hono, group: GroupSpec | undefined, prefix: string, building: Building): void {
  const { parts } = building
  if (group) {
    for (const { limiter, limit } of parts.groupLimits(group)) limiter.group(app, [limit])
    for (const { limiter, scopes } of parts.exemptions(group)) limiter.exempt(app, scopes)
  }
  const { routes, groups } = contentsOf(parts.scenario, group)
  for (const route of routes) addRoute(app, route, prefix, building)
  for (const inner of groups) {
    const subApp = new building.Hono()
    declare(subApp, inner, prefix + inner.prefix, building)
    app.route(inner.prefix, subApp)
  }
}

function addRoute(app: Hono, route: RouteSpec, prefix: string, { parts, routeNames }: Building): void {
  const limits = (route.limits ?? []).map((limit) => parts.limit(limit))
  const exemptions = parts.exemptions(route).map(({ limiter, scopes }) => limiter.exempt(scopes))
  const handler = parts.handler(route)
  routeNames.set(prefix + route.path, routeNameOf(route))
  app.on([...(route.methods ?? ['GET'])], [route.path], ...limits, ...exemptions, async (context: Context) => {
    const { status, headers, body } = await handler(context)
    return status === 204 ? context.body(null, 204, { ...headers }) : context.text(body, status as 200, { ...headers })
  })
}

/** Headers as the recorded program saw them: those of a `Request` hold no letters beyond Latin-1, and no outer spaces. */
function viewRequest({ req, env }: Context): RequestView {
  const { incoming } = env as { incoming: IncomingMessage }
  return {
    method: req.method,
    path: req.path,
    remoteAddress: incoming.socket.remoteAddress ?? '',
    header: (name) => incoming.headers[name.toLowerCase()]?.toString(),
    pathParam: (name) => req.param(name),
  }
}

function withoutForeignLetters(incoming: IncomingMessage): IncomingMessage {
  for (const [index, text] of incoming.rawHeaders.entries()) {
    incoming.rawHeaders[index] = text.replaceAll(/[\u0100-\uffff]/g, '?')
  }
  return incoming
}
