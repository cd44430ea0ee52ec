import type { FastifyInstance, FastifyReply, FastifyRequest, fastify, RouteOptions } from 'fastify'
import { createLimiter, type FastifyLimiter, isLimiterError, remoteAddress } from '../src/adapters/fastify/index.ts'
import type { App, ConformanceAdapter, Stage } from './adapter.ts'
import { Declarations } from './declarations.ts'
import type { RequestView } from './forms.ts'
import type { GroupSpec, RouteSpec, Scenario } from './format.ts'
import { LocalServer } from './local-server.ts'
import { attachmentOf, exemptionOf, hasIpv6Addresses, needsRouteNames, routeNameOf, routesInOrder } from './scenario.ts'
import { ScenarioParts } from './scenario-parts.ts'

type Framework = typeof fastify

/** Plays scenarios on Fastify: groups are encapsulated plugins, limits and exemptions are hooks of routes. */
export function fastifyAdapter(name: string, framework: Framework): ConformanceAdapter {
  return {
    name,
    wrongMethodStatus: 404,
    build: async (scenario, stage) => new FastifyBuilder(framework, scenario, stage).build(),
  }
}

class FastifyBuilder {
  readonly #framework: Framework
  readonly #scenario: Scenario
  readonly #declarations: Declarations<FastifyRequest, FastifyReply>
  readonly #parts: ScenarioParts<FastifyRequest, FastifyReply, FastifyLimiter>
  #request: FastifyRequest | undefined

  constructor(framework: Framework, scenario: Scenario, stage: Stage) {
    this.#framework = framework
    this.#scenario = scenario
    this.#declarations = new Declarations<FastifyRequest, FastifyReply>({
      stage,
      remoteAddress: hasIpv6Addresses(scenario) ? (request) => request.ip : remoteAddress,
      viewRequest,
      viewResponse: (reply) => ({ status: reply.statusCode, header: (header) => reply.getHeader(header)?.toString() }),
      request: () => this.#request!,
    })
    const requestIdentifier = ({ routeOptions }: FastifyRequest): string =>
      (routeOptions.config as { routeName?: string }).routeName ?? ''
    this.#parts = new ScenarioParts(scenario, this.#declarations, viewRequest, (options) =>
      createLimiter(needsRouteNames(scenario) ? { requestIdentifier, ...options } : options),
    )
  }

  async build(): Promise<App> {
    const app = this.#framework()
    app.addHook('onRequest', (request, _reply, done) => {
      this.#request = request
      done()
    })
    app.setErrorHandler((error: { statusCode?: number }, _request, reply) => {
      if (isLimiterError(error) && error.statusCode) throw error
      reply.code(error.statusCode ?? 500).send('Internal Server Error')
    })
    for (const limiter of this.#parts.limiters.values()) await app.register(limiter.plugin)
    this.#declare(app, undefined)
    await app.ready()
    const server = await LocalServer.start((request, response) => app.routing(request, response))
    return {
      request: async (step) => server.request(step),
      current: () => this.#parts.current(this.#request!),
      reset: async () => this.#parts.reset(),
      close: async () => server.close(),
    }
  }

  #declare(instance: FastifyInstance, id: string | undefined): void {
    for (const route of routesInOrder(this.#scenario)) if (route.group === id) this.#addRoute(route, instance)
    for (const group of this.#scenario.groups ?? []) {
      if (group.parent !== id) continue
      instance.register(
        (inner, _options, done) => {
          this.#addGroup(group, inner)
          this.#declare(inner, group.id ?? group.name)
          done()
        },
        { prefix: group.prefix },
      )
    }
  }

  #addGroup(group: GroupSpec, instance: FastifyInstance): void {
    for (const limit of group.limits ?? []) {
      const { spec } = attachmentOf(this.#scenario, limit)
      this.#parts.limiterOf(limit).group(instance, [this.#declarations.limitObject(spec)])
    }
    if (group.exempt === undefined) return
    const { limiter, scopes } = exemptionOf(group.exempt)
    this.#parts.limiter(limiter).exempt(instance, scopes)
  }

  #addRoute(route: RouteSpec, instance: FastifyInstance): void {
    const hooks: RouteOptions['onRequest'] = (route.limits ?? []).map((limit) => this.#parts.limit(limit))
    if (route.exempt !== undefined) {
      const { limiter, scopes } = exemptionOf(route.exempt)
      hooks.push(this.#parts.limiter(limiter).exempt(scopes))
    }
    const answer = this.#parts.handler(route)
    instance.route({
      url: route.path,
      method: [...(route.methods ?? ['GET'])],
      config: { routeName: routeNameOf(route) } as NonNullable<RouteOptions['config']>,
      onRequest: hooks,
      async handler(request, reply) {
        const { status, headers, body } = await answer(request)
        return reply
          .code(status)
          .headers({ 'Content-Type': 'text/plain', ...headers })
          .send(body)
      },
    })
  }
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
