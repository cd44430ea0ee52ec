import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  createLimiter,
  isLimiterError,
  type Listener,
  type NodeHttpLimiter,
  remoteAddress,
} from '../src/adapters/http/index.ts'
import { paramOf, pathOf, type Route, routed } from '../test/adapters/http/router.ts'
import type { App, ConformanceAdapter, Stage } from './adapter.ts'
import { Declarations } from './declarations.ts'
import type { RequestView } from './forms.ts'
import type { RouteSpec, Scenario } from './format.ts'
import { HandlerScenario } from './handler-scenario.ts'
import { LocalServer } from './local-server.ts'
import { hasIpv6Addresses, routesInOrder } from './scenario.ts'
import { ScenarioParts } from './scenario-parts.ts'

/** Plays scenarios on listeners of `node:http`: a router of our own calls them, and several limiters are listeners inside each other. */
export const httpAdapter: ConformanceAdapter = {
  name: 'http',
  wrongMethodStatus: 404,
  build: async (scenario, stage) => new HttpBuilder(scenario, stage).build(),
}

class HttpBuilder {
  readonly #scenario: Scenario
  readonly #declarations: Declarations<IncomingMessage, ServerResponse>
  readonly #parts: ScenarioParts<IncomingMessage, ServerResponse, NodeHttpLimiter>
  #request: IncomingMessage | undefined

  constructor(scenario: Scenario, stage: Stage) {
    this.#scenario = scenario
    this.#declarations = new Declarations<IncomingMessage, ServerResponse>({
      stage,
      remoteAddress: hasIpv6Addresses(scenario) ? ({ socket }) => socket.remoteAddress ?? '' : remoteAddress,
      viewRequest,
      viewResponse: (response) => ({
        status: response.statusCode,
        header: (name) => response.getHeader(name)?.toString(),
      }),
      request: () => this.#request!,
    })
    this.#parts = new ScenarioParts(scenario, this.#declarations, viewRequest, (options) => createLimiter(options))
  }

  async build(): Promise<App> {
    const handlers = new HandlerScenario(this.#scenario, this.#declarations, this.#parts)
    const routes = routesInOrder(this.#scenario).map((route): Route => ({
      methods: route.methods ?? ['GET'],
      pattern: handlers.patternOf(route),
      listener: handlers.limitedBy<Listener>(
        (limiter, inner) => limiter.handler(handlers.optionsOf(route, limiter), inner),
        this.#listener(route),
      ),
    }))
    const unmatched = handlers.limitedBy<Listener>(
      (limiter, inner) => limiter.handler({ endpoint: () => '' }, inner),
      (request, response) => response.writeHead(request.method === 'OPTIONS' ? 200 : 404).end(),
    )
    const app = routed(routes, unmatched)
    const server = await LocalServer.start((request, response) => {
      this.#request = request
      void app(request, response)
    })
    return {
      request: async (step) => server.request(step),
      current: () => this.#parts.current(this.#request!),
      reset: async () => this.#parts.reset(),
      close: async () => server.close(),
    }
  }

  #listener(route: RouteSpec): Listener {
    const answer = this.#parts.handler(route)
    return async (request, response) => {
      try {
        const { status, headers, body } = await answer(request)
        response.statusCode = status
        for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
        response.end(body)
      } catch (error) {
        if (isLimiterError(error)) throw error
        response.statusCode = 500
        response.end('Internal Server Error')
      }
    }
  }
}

function viewRequest(request: IncomingMessage): RequestView {
  return {
    method: request.method!,
    path: decodeURIComponent(pathOf(request)),
    remoteAddress: request.socket.remoteAddress ?? '',
    header: (name) => request.headers[name.toLowerCase()]?.toString(),
    pathParam: (name) => paramOf(request, name),
  }
}
