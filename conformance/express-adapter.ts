import type { NextFunction, Request, Response, Router } from 'express'
import type express from 'express'
import { createLimiter, type ExpressLimiter, remoteAddress } from '../src/adapters/express/index.ts'
import type { ConformanceAdapter } from './adapter.ts'
import type { RequestView } from './forms.ts'
import type { GroupSpec, RouteSpec } from './format.ts'
import { LocalServer } from './local-server.ts'
import { contentsOf, routeNameOf } from './scenario.ts'
import { ScenarioParts } from './scenario-parts.ts'

/** What apps and routers are built of. */
interface Building {
  readonly framework: typeof express
  readonly parts: ScenarioParts<Request, Response, ExpressLimiter>
  /** The recorded names of Express' routes. */
  readonly routeNames: WeakMap<object, string>
}

/** Plays scenarios on Express: groups are routers, limits and exemptions are middleware. */
export function expressAdapter(name: string, framework: typeof express): ConformanceAdapter {
  return {
    name,
    wrongMethodStatus: 404,
    async build(scenario, stage) {
      const routeNames: Building['routeNames'] = new WeakMap()
      const parts: Building['parts'] = new ScenarioParts(scenario, stage, {
        createLimiter,
        remoteAddress,
        viewRequest,
        viewResponse: (response: Response) => ({
          status: response.statusCode,
          header: (header) => response.getHeader(header)?.toString(),
        }),
        routeName: (request) => routeNames.get(request.route as object) ?? '',
      })
      const app = framework()
      app.use((request: Request, _response: Response, next: NextFunction) => {
        parts.request = request
        next()
      })
      for (const limiter of parts.limiters.values()) limiter.init(app)
      declare(app, undefined, { framework, parts, routeNames })
      app.use((error: { status?: number }, _request: Request, response: Response, next: NextFunction) => {
        if (response.headersSent) next(error)
        else response.status(error.status ?? 500).send('Internal Server Error')
      })
      return parts.servedBy(await LocalServer.start(app))
    },
  }
}

/** Declares what stands in a group, or in none. */
function declare(target: Router, group: GroupSpec | undefined, building: Building): void {
  const { framework, parts } = building
  const { routes, groups } = contentsOf(parts.scenario, group)
  for (const inner of groups) {
    const router = framework.Router({ mergeParams: true })
    for (const { limiter, limit } of parts.groupLimits(inner)) limiter.group(router, [limit])
    for (const { limiter, scopes } of parts.exemptions(inner)) limiter.exempt(router, scopes)
    target.use(inner.prefix, router)
    declare(router, inner, building)
  }
  for (const route of routes) addRoute(target, route, building)
}

function addRoute(target: Router, route: RouteSpec, { parts, routeNames }: Building): void {
  const limits = (route.limits ?? []).map((limit) => parts.limit(limit))
  const exemptions = parts.exemptions(route).map(({ limiter, scopes }) => limiter.exempt(scopes))
  const answer = parts.handler(route)
  const matched = target.route(route.path)
  routeNames.set(matched, routeNameOf(route))
  for (const method of route.methods ?? ['GET']) {
    matched[method.toLowerCase() as 'get'](
      ...limits,
      ...exemptions,
      (request: Request, response: Response, next: NextFunction) => {
        answer(request)
          .then(({ status, headers, body }) => response.status(status).set(headers).type('text/plain').send(body))
          .catch(next)
      },
    )
  }
}

function viewRequest(request: Request): RequestView {
  return {
    method: request.method,
    path: request.originalUrl.split('?')[0]!,
    remoteAddress: request.socket.remoteAddress ?? '',
    header: (name) => request.get(name),
    pathParam: (name) => request.params[name] as string | undefined,
  }
}
