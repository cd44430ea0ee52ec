import type { FastifyInstance, FastifyReply, FastifyRequest, fastify, RouteOptions } from 'fastify'
import { createLimiter, type FastifyLimiter, isLimiterError, remoteAddress } from '../src/adapters/fastify/index.ts'
import type { ConformanceAdapter } from './adapter.ts'
import type { RequestView } from './forms.ts'
import type { GroupSpec, RouteSpec } from './format.ts'
import { LocalServer } from './local-server.ts'
import { contentsOf, routeNameOf } from './scenario.ts'
import { ScenarioParts } from './scenario-parts.ts'

type Parts = ScenarioParts<FastifyRequest, FastifyReply, FastifyLimiter>

/** Plays scenarios on Fastify: groups are encapsulated plugins, limits and exemptions are hooks of routes. */
export function fastifyAdapter(name: string, framework: typeof fastify): ConformanceAdapter {
  return {
    name,
    wrongMethodStatus: 404,
    async build(scenario, stage) {
      const parts: Parts = new ScenarioParts(scenario, stage, {
        createLimiter,
        remoteAddress,
        viewRequest,
        viewResponse: (reply: FastifyReply) => ({
          status: reply.statusCode,
          header: (header) => reply.getHeader(header)?.toString(),
        }),
        routeName: ({ routeOptions }) => (routeOptions.config as { routeName?: string }).routeName ?? '',
      })
      const app = framework()
      app.addHook('onRequest', (request, _reply, done) => {
        parts.request = request
        done()
      })
      app.setErrorHandler((error: { statusCode?: number }, _request, reply) => {
        if (isLimiterError(error) && error.statusCode) throw error
        reply.code(error.statusCode ?? 500).send('Internal Server Error')
      })
      for (const limiter of parts.limiters.values()) await app.register(limiter.plugin)
      declare(app, undefined, parts)
      await app.ready()
      return parts.servedBy(await LocalServer.start((request, response) => app.routing(request, response)))
    },
  }
}

function declare(instance: FastifyInstance, group: GroupSpec | undefined, parts: Parts): void {
  if (group) {
    for (const { limiter, limit } of parts.groupLimits(group)) limiter.group(instance, [limit])
    for (const { limiter, scopes } of parts.exemptions(group)) limiter.exempt(instance, scopes)
  }
  const { routes, groups } = contentsOf(parts.scenario, group)
  for (const route of routes) addRoute(instance, route, parts)
  for (const inner of groups) {
    instance.register(
      (plugin, _options, done) => {
        declare(plugin, inner, parts)
        done()
      },
      { prefix: inner.prefix },
    )
  }
}

function addRoute(instance: FastifyInstance, route: RouteSpec, parts: Parts): void {
  const limits = (route.limits ?? []).map((limit) => parts.limit(limit))
  const exemptions = parts.exemptions(route).map(({ limiter, scopes }) => limiter.exempt(scopes))
  const answer = parts.handler(route)
  instance.route({
    url: route.path,
    method: [...(route.methods ?? ['GET'])],
    config: { routeName: routeNameOf(route) } as NonNullable<RouteOptions['config']>,
    onRequest: [...limits, ...exemptions],
    async handler(request, reply) {
      const { status, headers, body } = await answer(request)
      return reply
        .code(status)
        .headers({ 'Content-Type': 'text/plain', ...headers })
        .send(body)
    },
  })
}

function viewRequest(request: FastifyRequest): RequestView {
  return {
    method: request.method,
    path: decodeURIComponent(request.url.split('?')[0]!),
    remoteAddress: request.socket.remoteAddress ?? '',
    header: (name) => request.headers[name.toLowerCase()]?.toString(),
    pathParam: (name) => (request.params as Record<string, string>)[name],
  }
}
